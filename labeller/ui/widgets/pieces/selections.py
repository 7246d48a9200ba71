"""From the log of a board to the store, where images are selected and given a class."""

from contextlib import suppress
from typing import Any

from labeller import service
from labeller.errors import NotFoundError, StateError
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.person import signed_in
from labeller.ui.widgets.pieces.ledger import Entry, Ledger


def apply_selections(
    ledger: Ledger, store: Store, project: ProjectView, log: dict[str, Any] | None, place: str
) -> None:
    """Commits what is new in the log of a board; `place`: where the images were selected.

    Entries have a `kind`: `label` (`images`, `label` or None and the `name` of a new class,
    `confidence`), `aside` (`images`), or `undo` (`of`: the number of the entry taken back, or
    `answer`: that of an answer of an earlier visit).
    """
    ledger.apply(log, lambda entry, sent: _apply(store, project, entry, sent, place))


def _apply(
    store: Store, project: ProjectView, entry: Entry, sent: tuple[str, int], place: str
) -> bool:
    kind, client = str(entry["kind"]), sent[0]
    expert = signed_in() or str(entry.get("expert") or "me")
    if kind not in ("label", "aside", "undo"):
        raise ValueError(f"kind must be label, aside or undo, got {kind}")
    if kind == "undo":
        number = entry.get("answer")
        if number is None:
            given = service.stored_answer(store, project, (client, int(entry["of"])))
            if given is None:
                raise StateError("what was to be undone was never saved")
            number = given.number
        with suppress(NotFoundError):  # taken back already, on another page
            service.undo(store, project, answer=int(number), entry=sent)
        return False
    label = entry.get("label") if kind == "label" else None
    if kind == "label" and label is None:
        # Sent again after its class was renamed, it would make the class anew.
        if service.stored_answer(store, project, sent) is not None:
            return False
        name = str(entry.get("name", ""))
        label = service.add_class(store, project, name, exist_ok=True).label
    service.label_images(
        store,
        project,
        list(entry["images"]),
        None if label is None else int(label),
        confidence=float(entry.get("confidence", 1.0)),
        place=place,
        expert=expert,
        entry=sent,
    )
    return False
