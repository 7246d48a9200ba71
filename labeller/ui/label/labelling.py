"""The body of the Label page: applies what the grid sent, and shows the grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from labeller import service
from labeller.records import Card, Labelling, ProjectView
from labeller.service import Store
from labeller.ui.frame.navigation import page_info
from labeller.ui.label.grid import mount_grid
from labeller.ui.label.grid.answering import apply_log, order
from labeller.ui.label.grid.payload import (
    BUDGET,
    card_data,
    class_data,
    nearest_first,
    rests_sought,
    sheet,
    sheet_name,
    strip,
)
from labeller.ui.widgets.pieces import mount_pictures, mount_wake, recent_sheets
from labeller.ui.widgets.pieces.ledger import Ledger


def label_cards(store: Store, project: ProjectView, round_number: int) -> None:
    """Shows the cards of the open round."""
    _label_cards(store, project, round_number)
    mount_wake("label wake")


def noise_note(progress: Labelling) -> str:
    """How many images no card stands for, and what becomes of them; empty where there are none."""
    if not progress.noise:
        return ""
    images = f"{progress.noise:,} image{'s' if progress.noise > 1 else ''}"
    return (
        f":material/scatter_plot: Left out by the clustering: {images} between the clusters, "
        "without a card here and without a label from this round."
    )


@st.fragment
def _label_cards(store: Store, project: ProjectView, round_number: int) -> None:
    """The grid and its pictures; each answer runs only this again."""
    session = f"{project.id}/{round_number}"
    key = f"label grid {session}"
    reshaped = _apply(store, project, key)
    project = service.project(store, project.id)
    cards = service.cards(store, project)
    doubts = {doubt.node: doubt.reason for doubt in service.doubtful(store, project)}
    sought = rests_sought(service.jobs(store, project))
    state = st.session_state.get(key, {})
    shown = mount_grid(
        {
            "session": session,
            "round": round_number,
            "cards": [
                card_data(
                    card,
                    doubts.get(card.node),
                    rest_comes=card.answer is not None and card.answer.number in sought,
                )
                for card in cards
            ],
            "classes": class_data(project),
            "order": order(store, project),
            "images": project.train,
            **_ledger().data(),
        },
        key,
        on_log=lambda: _note(_apply(store, project, key)),
    )
    mount_pictures(_pictures(store, project, session, cards, state.get("want")), f"{key} pictures")
    if shown.go == "review":
        st.switch_page(page_info("review").file)
    if reshaped or st.session_state.pop(_RESHAPED, False):
        # The job banner of the page has to begin to poll.
        st.rerun(scope="app")


_RESHAPED = "label tree reshaped"


def _note(reshaped: bool) -> None:
    if reshaped:
        st.session_state[_RESHAPED] = True


def _ledger() -> Ledger:
    return st.session_state.setdefault("label ledger", Ledger())


def _apply(store: Store, project: ProjectView, key: str) -> bool:
    """Applies the log of the grid.

    Called before the grid is drawn and when its log changes: the second also runs when the person
    has left the page already, the first also after a lost connection.
    """
    return apply_log(_ledger(), store, project, st.session_state.get(key, {}).get("log"))


def _pictures(
    store: Store, project: ProjectView, session: str, cards: Sequence[Card], wanted: str | None
) -> dict[str, Any]:
    """The strip, and sheets of the cards around `wanted` as far as the budget reaches."""
    made = recent_sheets()
    sheets: dict[str, Any] = {}
    spent = 0
    for card in nearest_first(cards, wanted):
        name = sheet_name(card)
        full = f"{store.folder}/{session}/{name}"
        if full not in made:
            made[full] = sheet(card, _reader(store, project))
        spent += sum(len(part) for part in _addresses(made[full]))
        if spent > BUDGET and len(sheets) >= 6:
            break
        sheets[name] = made[full]
    names = tuple(sheet_name(card) for card in cards)
    full = f"{store.folder}/{session}/{hash(names)}"
    if full not in made:
        made[full] = strip(cards, _reader(store, project))
    return {"session": session, "strip": made[full], "sheets": sheets}


def _reader(store: Store, project: ProjectView) -> Any:
    def read(numbers: Sequence[int], side: int) -> np.ndarray:
        return service.pictures(store, project, list(numbers), side)

    return read


def _addresses(made: dict[str, Any]) -> list[str]:
    member = made["member"]["uri"] if made["member"] else ""
    return [made["centre"] or "", made["medoid"], member]
