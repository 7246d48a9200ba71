"""Looking through the labels of single images on the Review page: which, in which order, a page."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from labeller import service
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.page import showing_errors
from labeller.ui.review.board import apply_log, mount_labels
from labeller.ui.widgets.pieces import mount_pictures, mount_wake, recent_sheets
from labeller.ui.widgets.pieces.ledger import ledger_of
from labeller.ui.widgets.pieces.messages import ReviewState, read_state
from labeller.ui.widgets.sprites import data_uri, is_photo, shrink, sprite

PAGE = 60  # images at once
SIDE = 112  # largest side of a picture
COLUMNS = 10  # of the sheet of pictures
ALL = -1  # classes


def look_through(store: Store, project: ProjectView) -> None:
    """The choice of images, and the board with a page of them."""
    with showing_errors():
        orders = service.label_orders(store, project)
        left, middle, right = st.columns([3, 2, 2], vertical_alignment="bottom")
        order = left.selectbox(
            "Sort by",
            list(orders),
            format_func=lambda name: orders[name].title,
            key=f"order {project.id}",
        )
        names = {ALL: "all classes"} | {one.label: one.name for one in project.classes}
        label = middle.selectbox(
            "Class", list(names), format_func=names.__getitem__, key=f"order class {project.id}"
        )
        again = right.button(
            "Sort again",
            icon=":material/refresh:",
            help="The order stays while you correct; this sorts by what is known now.",
        )
        st.caption(f"{orders[order].meaning} Those that somebody looked at are left out.")
        found = _sorted(store, project, order, None if label == ALL else label, again)
        if not len(found):
            st.info("No image is left to look at in this order.", icon=":material/check_circle:")
            return
        _board(store, project, found, f"{project.id}/{order}/{label}/{_turn(project)}")
        mount_wake("review wake")


def _turn(project: ProjectView) -> int:
    """How often the project's images were sorted: each time the board begins anew."""
    return int(st.session_state.get(f"review turn {project.id}", 0))


def _sorted(
    store: Store, project: ProjectView, order: str, label: int | None, again: bool
) -> np.ndarray:
    """The images in their order, kept while they are corrected: none jumps away under a key."""
    key, wanted = f"review order {project.id}", (order, label, project.round)
    kept = st.session_state.get(key)
    if again or kept is None or kept[0] != wanted:
        if again:
            st.session_state[f"review turn {project.id}"] = _turn(project) + 1
        kept = (wanted, service.doubtful_images(store, project, order, label=label))
        st.session_state[key] = kept
    found: np.ndarray = kept[1]
    return found


@st.fragment
@showing_errors()
def _board(store: Store, project: ProjectView, found: np.ndarray, name: str) -> None:
    """A page of the images; an answer runs only this again."""
    session = f"review {name}"
    with showing_errors():
        _apply(store, project, session)
        project = service.project(store, project.id)
        pages = -(-len(found) // PAGE)
        page = min(read_state(ReviewState, st.session_state.get(session)).page, pages - 1)
        images = found[page * PAGE : (page + 1) * PAGE]
        names = {one.label: one.name for one in project.classes}
        sheet = f"{session} {page}"
        mount_labels(
            {
                "session": session,
                "images": [
                    {**asdict(one), "name": names.get(one.label, "")}
                    for one in service.image_labels(store, project, images)
                ],
                "sheet": sheet,
                "page": page,
                "pages": pages,
                "total": len(found),
                "classes": [{"label": one.label, "name": one.name} for one in project.classes],
                **ledger_of("review").data(),
            },
            session,
            on_log=lambda: _apply(store, project, session),
        )
        pictures = {sheet: _sheet(store, project, images)}
        mount_pictures({"session": session, "sheets": pictures}, f"{session} pictures")


def _apply(store: Store, project: ProjectView, session: str) -> None:
    """Commits what the board has sent: before it is drawn, and when its log changes."""
    apply_log(ledger_of("review"), store, project, st.session_state.get(session, {}).get("log"))


def _sheet(
    store: Store, project: ProjectView, images: Sequence[int] | np.ndarray
) -> dict[str, Any]:
    """The pictures of a page, made once."""
    made, numbers = recent_sheets(), [int(image) for image in images]
    name = f"{store.folder}/review/{project.id}/{hash(tuple(numbers))}"
    if name not in made:
        small = shrink(partial(service.pictures, store, project)(numbers, SIDE), SIDE)
        columns, photo = min(COLUMNS, len(small)), is_photo(small)
        uri = data_uri(sprite(small, columns=columns), photo=photo)
        made[name] = {"uri": uri, "columns": columns, "side": small.shape[2], "photo": photo}
    sheet: dict[str, Any] = made[name]
    return sheet
