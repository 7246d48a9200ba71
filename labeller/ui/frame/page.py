"""The frame around every page: guard, store, project picker, hints, job banner, error messages.

A page file begins with `store = page("Title", ":material/icon:")` and, where it needs a project,
`project = current_project(store)`. Everything else is optional.
"""

from pathlib import Path
from typing import Literal, overload

import numpy as np
import streamlit as st

from labeller import service
from labeller.config.paths import workspace_folder
from labeller.errors import NotFoundError
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.errors import showing_errors
from labeller.ui.frame.job_banner import job_banner
from labeller.ui.frame.navigation import build_navigation, page_info
from labeller.ui.frame.person import acting, offer_sign_in
from labeller.ui.frame.text import escape
from labeller.ui.widgets.sprites import data_uri, is_photo, png, sprite

# What comes from elsewhere; the rest is defined here.
__all__ = ["escape", "job_banner", "showing_errors"]

# Room for cards and charts: Streamlit leaves 5rem on each side, and no setting for it. Its running
# man says nothing that a page does not say itself.
_STYLE = """<style>
.stMainBlockContainer { padding-left: 2.5rem; padding-right: 2.5rem; max-width: 1500px; }
.stMainBlockContainer h1 { padding: 0 0 0.75rem; }
[data-testid="stStatusWidget"] { display: none; }
/* Low screens: the title stands beside Streamlit's menu, whose bar is empty but for it, unless the
   sidebar is closed and its logo stands there. */
@media (max-height: 860px) and (min-width: 900px) {
  .stApp:has(.stSidebar:is([data-collapsed="false"], [aria-expanded="true"])) {
    .stAppHeader { background: transparent; }
    .stMainBlockContainer { padding-top: 1.1rem; }
    .stMainBlockContainer h1 { font-size: 1.4rem; padding: 0 0 0.25rem; }
  }
}
</style>"""
_FRAME = "frame drawn"  # set by app.py in each run, taken by the page
_PROJECT = "project id"
_PAGE = "page key"


def draw_frame() -> None:
    """What surrounds every page: logo and project picker. app.py calls it before the page."""
    st.session_state[_FRAME] = True
    st.logo(Path(__file__).with_name("logo.svg"), size="large")
    st.html(_STYLE)
    store = open_store()
    if store.read_only:
        st.sidebar.caption(":material/lock: This workspace is read-only: look, and export.")
    _pick_project(store)
    offer_sign_in(store)


def page(title: str, icon: str) -> Store:
    """Begins a page: its title, and the store of the workspace.

    A `pages/` folder beside app.py makes Streamlit run the first deep link after a start without
    app.py; then the navigation is announced here and the run starts again, through app.py.
    """
    if not st.session_state.pop(_FRAME, False):
        build_navigation()
        st.rerun()
    st.session_state[_PAGE] = title.lower()
    st.set_page_config(page_title=f"{title} · labeller", page_icon="🏷️", layout="wide")
    st.title(f"{icon} {title}", anchor=False)
    return open_store()


def open_store() -> Store:
    """The store of the workspace in $LABELLER_WORKSPACE, opened once per server process, and again
    when it has become read-only, or is so no longer; in the hands of whoever this browser is: where
    that has to be known and is not, the run ends here.
    """
    store = _store(workspace_folder())
    if store.read_only == store.writable:
        _store.clear()
        store = _store(workspace_folder())
    return acting(store)


@st.cache_resource(show_spinner=False)
def _store(workspace: Path) -> Store:
    return service.open_store(workspace)


@overload
def current_project(store: Store, *, required: Literal[True] = True) -> ProjectView: ...


@overload
def current_project(store: Store, *, required: bool) -> ProjectView | None: ...


def current_project(store: Store, *, required: bool = True) -> ProjectView | None:
    """The project chosen in the sidebar, read afresh from the store.

    Without any project: None, or (`required`) an empty state with one button, and the page ends.
    """
    number = st.session_state.get(_PROJECT)
    if number is not None:
        try:
            return service.project(store, number)
        except NotFoundError:
            del st.session_state[_PROJECT]
    if required:
        what = "A project is one image data set that you label, round by round."
        empty_state("No project yet", what, "projects", "Create a project")
        st.stop()
    return None


def empty_state(title: str, text: str, target: str, button: str = "") -> None:
    """A centred box: what is missing, why, and one button to the page where that changes."""
    info = page_info(target)
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"### {title}", width="content", text_alignment="center")
        st.markdown(text, width="content", text_alignment="center")
        if st.button(button or f"Go to {info.title}", type="primary", icon=info.symbol):
            open_page(target)
        st.space("small")


def choose_project(project: ProjectView) -> None:
    """Makes `project` the current one on all pages; follow it with `open_page` or `st.rerun`."""
    st.session_state[_PROJECT] = project.id
    st.query_params["project"] = project.name


def open_page(key: str) -> None:
    """Goes to the page called `key` (one of PAGES); the present run ends."""
    st.switch_page(page_info(key).file)


def outlook(store: Store, project: ProjectView) -> None:
    """A line on what the next answers are expected to bring, and the way out where it is little.

    Nothing is drawn until two rounds were measured, on true labels or by an audit.
    """
    budget = service.budget(store, project)
    if budget.ahead is None or budget.gain is None:
        return
    more = budget.ahead.answers - budget.rounds[-1].answers
    how = "by the audit" if budget.measured_on == "audit" else "measured"
    words = (
        f"The next {more} answers are expected to bring about **{100 * budget.gain:+.1f} points**,"
        f" from {budget.rounds[-1].accuracy:.1%} {how}."
    )
    if not budget.enough or st.session_state.get(_PAGE) == "export":
        st.caption(words)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{words} That is little: you can stop here.", width="content")
        info = page_info("export")
        st.page_link(info.file, label="Export the labels", icon=":material/download:")


def next_step(store: Store, project: ProjectView) -> None:
    """What the project waits for, with a link to the page where it is done, and the `outlook`."""
    _next_link(project)
    if project.next_step.page in ("label", "review", "train", "results"):
        outlook(store, project)


def _next_link(project: ProjectView) -> None:
    step = project.next_step
    if step.page == st.session_state.get(_PAGE):
        st.caption(f":material/arrow_forward: {escape(step.text)}")
        return
    info = page_info(step.page)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"**Next:** {escape(step.text)}", width="content")
        st.page_link(info.file, label=f"Go to {info.title}", icon=":material/arrow_forward:")


def image_grid(images: np.ndarray, *, columns: int = 12, scale: int | None = None) -> None:
    """Draws the pictures, uint8 (n, H, W, C), as one sharp picture; `scale` None: about 56 px each.

    Photos (C 4) take half their size, so that they are sharp on fine screens, and no `scale`.
    """
    if len(images) and is_photo(images):
        photos = sprite(images, columns=columns, gap=4)
        st.html(f'<img src="{data_uri(photos, photo=True)}" width="{photos.shape[1] // 2}" alt="">')
    elif len(images):
        factor = scale or max(1, round(56 / images.shape[2]))
        sheet = png(sprite(images, columns=columns, scale=factor, gap=max(2, factor)))
        st.image(sheet, output_format="PNG")


def may(store: Store, verb: str, words: str = "") -> bool:
    """Whether whoever looks may do that; else says who may, where there are `words` for it."""
    if service.may(store, verb):
        return True
    if words:
        st.caption(f":material/lock: {words}")
    return False


def _pick_project(store: Store) -> None:
    """Draws the project picker in the sidebar; address, session and picker agree afterwards."""
    projects = {project.id: project for project in service.projects(store)}
    asked = st.query_params.get("project")
    if st.session_state.get(_PROJECT) not in projects:
        named = [number for number, project in projects.items() if project.name == asked]
        newest = sorted(projects, key=lambda number: projects[number].created_at)[-1:]
        st.session_state[_PROJECT] = next(iter(named + newest), None)
    chosen = st.session_state[_PROJECT]
    if chosen is None:
        return
    if asked != projects[chosen].name:
        st.query_params["project"] = projects[chosen].name
    numbers = list(projects)
    key = f"project picker {chosen}"
    st.sidebar.selectbox(
        "Project",
        numbers,
        index=numbers.index(chosen),
        format_func=lambda number: projects[number].name,
        key=key,
        on_change=_picked,
        args=(key,),
    )


def _picked(key: str) -> None:
    st.session_state[_PROJECT] = st.session_state[key]
