"""The body of the Explore page: the map, and the fragments that answer what it asks for."""

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from labeller import service
from labeller.errors import LabellerError
from labeller.records import ProjectView
from labeller.records.numbers import whole_number
from labeller.service import Store
from labeller.ui.explore.board import (
    PLACE,
    apply_log,
    mount_explore,
    mount_hover,
    mount_points,
)
from labeller.ui.explore.board.payload import (
    MOST,
    TITLES,
    fixed_columns,
    grid_sheet,
    label_columns,
    look,
    packed,
    round_columns,
    tiles,
)
from labeller.ui.explore.downloads import MOST_POINTS, csv_of, html_of
from labeller.ui.export.exports import file_name
from labeller.ui.frame.page import showing_errors
from labeller.ui.frame.person import person, remember
from labeller.ui.frame.text import sentence
from labeller.ui.widgets.pieces import (
    mount_confirmed,
    mount_pictures,
    mount_wake,
)
from labeller.ui.widgets.pieces.ledger import ledger_of
from labeller.ui.widgets.pieces.messages import (
    ExploreState,
    Question,
    Wanted,
    read_state,
)

ALIKE = 60  # images that "more like this one" brings
_FOUND, _SHEET = "explore found", "explore sheet"  # what was asked for last, in this session
ROUND_JOBS = ("retrain", "cluster")


def explore(
    store: Store, project: ProjectView, points: pd.DataFrame, kind: str, round: int
) -> None:
    """The map of a round's `points` (`service.points`), and what is chosen on it."""
    session = session_name(project, kind, round)
    for note in points.attrs.get("notes", ()):
        st.warning(sentence(note), icon=":material/warning:")
    fixed = packed(session, "fixed", fixed_columns(points, project.classes))
    _board(store, project, points["image"].to_numpy(), kind, round)
    # After the board, which paints while these arrive.
    mount_points(fixed, f"{session} points")
    _hover(store, project, session)
    mount_wake("explore wake")


@st.fragment
@showing_errors()
def _board(store: Store, project: ProjectView, images: np.ndarray, kind: str, round: int) -> None:
    """The board, the labels as they are now, and the pictures of the selection."""
    session = session_name(project, kind, round)
    with showing_errors():
        seen = st.container()  # what a person sees, above the parts without a body
        _apply(store, project, session)
        mount_confirmed(session, ledger_of("explore").data(), f"{session} confirmed")
        project = service.project(store, project.id)
        state = read_state(ExploreState, st.session_state.get(session))
        remember(state.expert)
        now, by = service.point_labels(store, project), state.by if state.by in TITLES else "label"
        with seen:
            mount_explore(
                {
                    **_facts(store, project, kind, round),
                    "labelled": int((now["label"][images] >= 0).sum()),
                    "aside": int(now["aside"][images].sum()),
                    "by": by,
                    "found": _found(store, project, state.ask, round),
                    **ledger_of("explore").data(),
                },
                session,
                on_log=lambda: _apply(store, project, session),
            )
            _downloads(store, project, kind, round, by)
        shown = packed(session, "labels", label_columns(now, images, project.classes))
        mount_points(shown, f"{session} labels")
        if state.play:  # what may be megabytes is sent when it is wanted
            moving = service.moving_map(store, project, kind, round)
            mount_points(packed(session, "rounds", round_columns(moving)), f"{session} rounds")
        pictures = _pictures(store, project, state.want)
        mount_pictures({"session": session, "sheets": pictures}, f"{session} pictures")


def _facts(store: Store, project: ProjectView, kind: str, round: int) -> dict[str, Any]:
    """What the board is told whatever is chosen on it."""
    return {
        "session": session_name(project, kind, round),
        "look": look(),
        **_rounds(store, project, kind, round),
        "file": file_name(project, f"map-{kind}-{round}"),
        "classes": [{"label": one.label, "name": one.name} for one in project.classes],
        "open": closed(store, project),
        "expert": person(),
        "last": _last(store, project),
    }


def _downloads(store: Store, project: ProjectView, kind: str, round: int, by: str) -> None:
    """The map as a table and as a page, made when they are asked for."""
    of = (store, project, kind, round)
    page = f"The map as a page of its own, with at most {MOST_POINTS:,} points."
    made = {
        "CSV": (partial(csv_of, *of), "text/csv", "A row per image with all that is known."),
        "HTML": (partial(html_of, *of, by), "text/html", page),
    }
    with st.container(horizontal=True):
        for name, (make, mime, what) in made.items():
            file = file_name(project, f"map-{kind}-{round}.{name.lower()}")
            st.download_button(
                f"Download {name}", make, file, mime, help=what, on_click="ignore",
                key=f"{session_name(project, kind, round)} {name}", icon=":material/download:",
            )  # fmt: skip


@st.fragment
@showing_errors()
def _hover(store: Store, project: ProjectView, session: str) -> None:
    """The pictures around the mouse."""
    key = f"{session} hover"
    want = read_state(ExploreState, st.session_state.get(key)).want
    images = _known(want, project)[:32]
    made = tiles(images, *_readers(store, project)) if images else {}
    mount_hover({"session": session, "tiles": made}, key)


def session_name(project: ProjectView, kind: str, round: int) -> str:
    """Names a map in the browser; another one never has this name."""
    return f"explore {project.id}/{kind}/{round}"


def closed(store: Store, project: ProjectView) -> str:
    """Why no image can be given a label now; empty where it can."""
    if service.current_round(store, project) is None:
        return "There is no open round to answer in: train a method first, or go on training."
    job = service.active_job(store, project)
    if job is not None and job.kind in ROUND_JOBS:
        return "The network is being trained with the answers; label when it is done."
    return ""


def _rounds(store: Store, project: ProjectView, kind: str, round: int) -> dict[str, Any]:
    """The rounds with a map of their own, and which of them has the one on show."""
    drawn = service.drawn_maps(store, project, kind)
    first = service.first_rounds(drawn)
    return {
        "rounds": list(first),
        "round": next((each for each, model in first.items() if model == drawn.get(round)), round),
    }


def _apply(store: Store, project: ProjectView, key: str) -> None:
    """Commits what the board called `key` has sent.

    Called before the board is drawn and when its log changes: the second also runs when the person
    has left the page already, the first also after a lost connection.
    """
    apply_log(ledger_of("explore"), store, project, st.session_state.get(key, {}).get("log"))


def _last(store: Store, project: ProjectView) -> int | None:
    """The number of the newest answer that this person gave here, and that can be undone."""
    given = reversed(service.answers(store, project, project.round))
    return next((one.number for one in given if (one.node, one.expert) == (PLACE, person())), None)


def _found(
    store: Store, project: ProjectView, ask: Question | None, round: int
) -> dict[str, Any] | None:
    """The images that the board asked for, with a word on what they are; looked for once."""
    if not ask:
        return None
    kept: dict[str, Any] = st.session_state.get(_FOUND, {})
    if kept.get("id") != ask.id:
        try:
            images, words = _look_for(store, project, ask, round)
        except (LabellerError, ValueError) as error:
            images, words = [], str(error)
        kept = st.session_state[_FOUND] = {"id": ask.id, "images": images, "words": words}
    return kept


def _look_for(
    store: Store, project: ProjectView, ask: Question, round: int
) -> tuple[list[int], str]:
    if ask.kind == "find":
        text = str(ask.value)
        return service.find_images(store, project, text).tolist(), f"“{text}”"
    image = whole_number("image", ask.value, high=project.count - 1)
    alike = service.nearest_images(store, project, image, ALIKE, round).tolist()
    return alike, f"most like {service.image_names(store, project, [image])[0]}"


def _pictures(store: Store, project: ProjectView, want: Wanted | None) -> dict[str, Any]:
    """The sheet of the page of the selection that is wanted; the newest is kept."""
    images = _known(want, project)[:MOST]
    if not want or not images:
        return {}
    of = (project.id, *images)
    if st.session_state.get(_SHEET, (None,))[0] != of:
        st.session_state[_SHEET] = (of, grid_sheet(images, *_readers(store, project)))
    return {want.name: st.session_state[_SHEET][1]}


def _readers(store: Store, project: ProjectView) -> tuple[Any, Any]:
    """How pictures and file names of images are had."""
    return partial(service.pictures, store, project), partial(service.image_names, store, project)


def _known(want: Wanted | None, project: ProjectView) -> list[int]:
    """The images of the project among those that a browser wants to see."""
    return [image for image in want.images if image < project.count] if want else []
