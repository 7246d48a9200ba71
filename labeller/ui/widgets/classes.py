"""The dialog in which a person adds, renames, merges and splits the classes of a project."""

from collections.abc import Callable

import streamlit as st

from labeller import service
from labeller.records import ClassView, ProjectView
from labeller.service import Store
from labeller.ui.frame.page import showing_errors
from labeller.ui.frame.text import escape
from labeller.ui.widgets.guidelines import guideline_form


@st.dialog("Classes", width="large")
def manage_classes(store: Store, project: ProjectView) -> None:
    """The dialog: everything about the classes of a project."""
    class_forms(store, project)


def class_forms(store: Store, project: ProjectView) -> None:
    """What the dialog holds; each change is saved at once."""
    views = service.classes(store, project)
    live = [view for view in views if view.merged_into is None]
    names = {view.label: view.name for view in views}
    key = f"classes {project.id}"
    add, rename, merge, guide = st.tabs(["Add", "Rename", "Merge and split", "Guidelines"])
    with add:
        _add(store, project, key)
    if not live:
        rename.caption("There are no classes yet.")
        merge.caption("There are no classes yet.")
        guide.caption("There are no classes yet.")
        return
    with rename:
        _rename(store, project, live, key)
    with merge:
        _merge(store, project, live, key)
        for view in views:
            if view.merged_into is not None:
                _split(store, project, view, names[view.merged_into])

    with guide:
        guideline_form(store, project, live, key)


def _add(store: Store, project: ProjectView, key: str) -> None:
    with st.form(f"{key} add", clear_on_submit=True, border=False):
        name = st.text_input("New class", max_chars=80)
        if st.form_submit_button("Add", icon=":material/add:", type="primary"):
            _change(lambda: service.add_class(store, project, name))
    st.caption("While labelling, the key A does the same and answers the card with it.")


def _rename(store: Store, project: ProjectView, live: list[ClassView], key: str) -> None:
    chosen = _choose("Class", live, f"{key} old")
    name = st.text_input("New name", chosen.name, max_chars=80, key=f"{key} name {chosen}")
    same = name.strip() in ("", chosen.name)
    if st.button("Rename", key=f"{key} rename", disabled=same, type="primary"):
        _change(lambda: service.rename_class(store, project, chosen.label, name))


def _merge(store: Store, project: ProjectView, live: list[ClassView], key: str) -> None:
    st.caption(
        "One class counts as another from now on. Answers keep what was said, so the merge can be "
        "taken back until a round was built on it."
    )
    if len(live) < 2:
        return
    left, right = st.columns(2)
    with left:
        gone = _choose("Merge", live, f"{key} gone")
    with right:
        into = _choose("into", [view for view in live if view != gone], f"{key} into")
    if st.button("Merge", key=f"{key} merge", icon=":material/merge:", type="primary"):
        _change(lambda: service.merge_class(store, project, gone.label, into.label))


def _split(store: Store, project: ProjectView, view: ClassView, target: str) -> None:
    words, button = st.columns([3, 1], vertical_alignment="center")
    words.markdown(f"**{escape(view.name)}** counts as **{escape(target)}**")
    if button.button("Split again", key=f"split class {project.id} {view.label}"):
        _change(lambda: service.split_class(store, project, view.label))


def _choose(title: str, views: list[ClassView], key: str) -> ClassView:
    return st.selectbox(title, views, format_func=lambda view: view.name, key=key)


def _change(act: Callable[[], object]) -> None:
    """Does one change; the dialog closes, or says why not."""
    with showing_errors(ValueError):
        act()
        st.rerun()
