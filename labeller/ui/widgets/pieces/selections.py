"""From the log of a board to the store, where images are selected and given a class."""

from contextlib import suppress
from typing import Any

from labeller import service
from labeller.errors import NotFoundError, StateError
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.person import signed_in
from labeller.ui.widgets.pieces.ledger import Ledger, Sent
from labeller.ui.widgets.pieces.messages import SelectionEntry


def apply_selections(
    ledger: Ledger, store: Store, project: ProjectView, log: Any, place: str
) -> None:
    """Commits what is new in the log of a board; `place`: where the images were selected."""

    def act(entry: SelectionEntry, sent: Sent) -> bool:
        _apply(store, project, entry, sent, place)
        return False

    ledger.apply(log, SelectionEntry, act)


def _apply(
    store: Store, project: ProjectView, entry: SelectionEntry, sent: Sent, place: str
) -> None:
    expert = signed_in() or entry.expert
    if entry.kind == "undo":
        number = _undone(store, project, entry, sent)
        with suppress(NotFoundError):  # taken back already, on another page
            service.undo(store, project, answer=number, entry=sent)
        return
    labelled = entry.kind == "label"
    service.label_images(
        store,
        project,
        entry.images or [],
        entry.label if labelled else None,
        confidence=entry.confidence,
        place=place,
        expert=expert,
        entry=sent,
        new_class=entry.name or "" if labelled and entry.label is None else None,
    )


def _undone(store: Store, project: ProjectView, entry: SelectionEntry, sent: Sent) -> int:
    """The number of the answer that an undo takes back."""
    if entry.answer is not None:
        return entry.answer
    given = service.stored_answer(store, project, (sent[0], entry.of or 0))
    if given is None:
        raise StateError("what was to be undone was never saved")
    return given.number
