"""Projects: every image set of this workspace, and where a new one begins."""

import streamlit as st

from labeller import service
from labeller.ui.frame.page import may, page
from labeller.ui.projects import cards, creation, saving


def main() -> None:
    """The whole page."""
    store = page("Projects", ":material/folder_open:")
    projects = service.projects(store)
    taken = {project.name for project in projects}
    st.caption("A project is one set of images that you label, round by round.")
    if may(store, "create_project", "Owners make projects."):
        if not projects:
            creation.demo_state(store)
        with st.expander("New project", icon=":material/add:"):
            creation.new_project(store, taken)
        with st.expander("Open a saved project", icon=":material/file_open:"):
            saving.open_saved(store)
    cards.running_jobs(store)
    for start in range(0, len(projects), 2):
        cells = st.columns(2)
        for cell, project in zip(cells, projects[start : start + 2], strict=False):
            with cell:
                cards.project_card(store, project)


main()
