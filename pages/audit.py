"""Audit: how right are the labels? A few random images, labelled one by one, tell."""

from labeller import service
from labeller.errors import StateError
from labeller.ui.audit.auditing import draw_form, label_images
from labeller.ui.frame.page import current_project, empty_state, job_banner, may, page
from labeller.ui.frame.text import sentence


def main() -> None:
    """The whole page."""
    store = page("Audit", ":material/verified:")
    project = current_project(store)
    job_banner(store, project)
    try:
        drawn = service.audit(store, project) is not None
        if drawn and may(store, "answer_audit", "Annotators label the images of an audit."):
            label_images(store, project)
        elif not drawn and may(store, "draw_audit", "Owners draw the images of an audit."):
            draw_form(store, project)
    except StateError as reason:
        empty_state("No audit yet", sentence(str(reason)), project.next_step.page)


main()
