"""Compare: several methods on the project's images, trained alike and measured side by side."""

import streamlit as st

from labeller import service
from labeller.records import ComparisonView, ProjectView
from labeller.service import Store
from labeller.ui.compare import comparing
from labeller.ui.compare import form as comparison_form
from labeller.ui.compare import results as comparison_results
from labeller.ui.compare.plots import Compared
from labeller.ui.frame.page import current_project, empty_state, job_banner, may, page
from labeller.ui.train import training


def main() -> None:
    """The whole page."""
    store = page("Compare", ":material/compare_arrows:")
    project = current_project(store)
    if project.state in ("importing", "import failed"):
        empty_state(
            "No images to compare methods on", "They are imported first.", project.next_step.page
        )
        job_banner(store, project)
        return
    job = service.active_job(store, project)
    if job is not None and job.kind == "compare":
        comparing.watch(store, project, job)
    else:
        job_banner(store, project)
    views = service.comparisons(store, project)
    st.caption(
        "Which method arranges these images best? Each is trained alike, without labels, and its "
        "latents are measured. The project's own network, rounds and answers stay as they are."
    )
    catalogue = service.comparable(store)
    if may(store, "compare", "Owners compare methods."):
        with st.expander("New comparison", expanded=not views, icon=":material/add:"):
            if catalogue is None:
                training.wait_for_methods(store)
            else:
                comparison_form.new_comparison(store, project, catalogue)
    if views:
        results(store, project, views)


def results(store: Store, project: ProjectView, views: list[ComparisonView]) -> None:
    """One of the comparisons that were asked for: how far it is, and what it found."""
    view = comparing.choose(store, project, views)
    if view is None:
        return
    comparing.standing(store, project, view)
    if view.broken:
        return
    compared = Compared(store, project, view)
    if compared.runs.empty:
        st.info("The first run's scores appear here when it is done.", icon=":material/hourglass:")
        return
    comparison_results.show(compared)


main()
