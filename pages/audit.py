"""Audit: how right are the labels? A few random images, labelled one by one, tell."""

from labeller import service
from labeller.errors import StateError
from labeller.ui.audit.auditing import draw_form, label_images
from labeller.ui.frame.page import current_project, empty_state, job_banner, page
from labeller.ui.frame.text import sentence


def main() -> None:
    """The whole page."""
    store = page("Audit", ":material/verified:")
    project = current_project(store)
    job_banner(store, project)
    try:
        if service.audit(store, project) is not None:
            label_images(store, project)
        else:
            draw_form(store, project)
    except StateError as reason:
        empty_state("No audit yet", sentence(str(reason)), project.next_step.page)


main()
