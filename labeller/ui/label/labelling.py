"""The body of the Label page: applies what the grid sent, and shows the grid."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from labeller import service
from labeller.errors import DamagedFileError, LabellerError
from labeller.records import Card, Guideline, ProjectView
from labeller.service import Store
from labeller.ui.frame.errors import showing_errors
from labeller.ui.frame.navigation import page_info
from labeller.ui.frame.person import person, remember, signed_in
from labeller.ui.frame.text import sentence
from labeller.ui.label.grid import apply_log, mount_grid
from labeller.ui.label.grid.payload import (
    BUDGET,
    card_data,
    class_data,
    guide_data,
    guide_sheet,
    nearest_first,
    original_data,
    rests_sought,
    sheet,
    sheet_name,
    strip,
)
from labeller.ui.label.members import show_members
from labeller.ui.widgets.pieces import (
    mount_confirmed,
    mount_news,
    mount_pictures,
    mount_wake,
    recent_sheets,
)
from labeller.ui.widgets.pieces.ledger import ledger_of
from labeller.ui.widgets.pieces.messages import GridState, read_state

_RESHAPED = "label tree reshaped"
_NEWEST = "label newest answer"  # the last that the cards on the page know of
TOUR = "tour"  # in the address: who opens the page first is shown around
EACH = 4  # seconds between two looks for what others answered


def label_cards(store: Store, project: ProjectView, round_number: int) -> None:
    """Shows the cards of the open round."""
    _label_cards(store, project, round_number)
    mount_wake("label wake")
    _watch(store, project)


@st.fragment(run_every=EACH)
@showing_errors()
def _watch(store: Store, project: ProjectView) -> None:
    """Shows what others answered meanwhile; what is said here is shown without it."""
    if service.newest_answer(store, project) > st.session_state.get(_NEWEST, 0):
        st.rerun(scope="app")


@st.fragment
@showing_errors()
def _label_cards(store: Store, project: ProjectView, round_number: int) -> None:
    """The grid and its pictures; each answer runs only this again."""
    session = f"{project.id}/{round_number}"
    key = f"label grid {session}"
    _apply(store, project, key)
    mount_confirmed(session, ledger_of("label").data(), f"{key} confirmed")
    state = read_state(GridState, st.session_state.get(key))
    remember(state.expert)
    now = service.open_round(store, project, expert=person())
    project, sought = now.project, rests_sought(now.jobs)
    st.session_state[_NEWEST] = now.newest
    guides = _guidelines(store, project)
    shown = mount_grid(
        {
            "session": session,
            "round": round_number,
            "cards": [
                card_data(
                    card,
                    now.issues.get(card.node),
                    rest_comes=card.answer is not None and card.answer.number in sought,
                    fresh=now.fresh[card.node],
                )
                for card in now.cards
            ],
            "classes": class_data(project, guides),
            "order": now.order,
            "images": project.train,
            "before": now.before,
            "expert": person(),
            "account": signed_in(),
            "tour": TOUR in st.query_params,
            **ledger_of("label").data(),
        },
        key,
        on_log=lambda: _apply(store, project, key),
    )
    pictures = _pictures(store, project, session, now.cards, state.want)
    pictures["sheets"] |= _examples(store, project, guides)
    mount_pictures(pictures, f"{key} pictures")
    asked = read_state(GridState, shown)
    if asked.zoom is not None:
        mount_news("original", _original(store, project, asked.zoom), f"{key} original")
    if asked.go == "review":
        st.switch_page(page_info("review").file)
    if asked.members is not None:
        show_members(store, project, asked.members)  # a run of the whole page would close it
    elif st.session_state.pop(_RESHAPED, False):
        # The job banner of the page has to begin to poll.
        st.rerun(scope="app")


def _guidelines(store: Store, project: ProjectView) -> dict[int, Guideline]:
    """The guidelines; where their file is damaged, none, and a word about it."""
    try:
        return service.guidelines(store, project)
    except DamagedFileError as error:
        st.warning(sentence(str(error)), icon=":material/warning:")
        return {}


def _apply(store: Store, project: ProjectView, key: str) -> None:
    """Applies the log of the grid, and notes whether the tree of clusters changes.

    Called before the grid is drawn and when its log changes: the second also runs when the person
    has left the page already, the first also after a lost connection.
    """
    log = st.session_state.get(key, {}).get("log")
    if apply_log(ledger_of("label"), store, project, log, account=signed_in()):
        st.session_state[_RESHAPED] = True


def _pictures(
    store: Store, project: ProjectView, session: str, cards: Sequence[Card], wanted: str | None
) -> dict[str, Any]:
    """The strip, and sheets of the cards around `wanted` as far as the budget reaches."""
    made, read = recent_sheets(), partial(service.pictures, store, project)
    sheets: dict[str, Any] = {}
    spent = 0
    for card in nearest_first(cards, wanted):
        name = sheet_name(card)
        full = f"{store.folder}/{session}/{name}"
        if full not in made:
            made[full] = sheet(card, read)
        spent += sum(len(part) for part in _addresses(made[full]))
        if spent > BUDGET and len(sheets) >= 6:
            break
        sheets[name] = made[full]
    names = tuple(sheet_name(card) for card in cards)
    full = f"{store.folder}/{session}/{hash(names)}"
    if full not in made:
        made[full] = strip(cards, read)
    return {"session": session, "strip": made[full], "sheets": sheets}


def _examples(
    store: Store, project: ProjectView, guides: Mapping[int, Guideline]
) -> dict[str, Any]:
    """The sheets of example images of the classes."""
    made, sheets = recent_sheets(), dict[str, Any]()
    for label, guide in guides.items():
        if guide.examples:
            name = guide_data(label, guide)["sheet"]
            full = f"{store.folder}/{project.id}/{name}"
            if full not in made:
                made[full] = guide_sheet(guide, partial(service.pictures, store, project))
            sheets[name] = made[full]
    return sheets


def _original(store: Store, project: ProjectView, image: int) -> dict[str, Any]:
    """The original of an image, or why there is none."""
    try:
        return {"image": image, **original_data(service.original(store, project, image))}
    except LabellerError as error:
        nothing = {"uri": "", "name": str(image), "width": 0, "height": 0}
        return {"image": image, **nothing, "note": str(error)}


def _addresses(made: dict[str, Any]) -> list[str]:
    member = made["member"]["uri"] if made["member"] else ""
    return [made["centre"] or "", made["medoid"], member]
