"""From the log of the label grid to answers in the store: in order, once each, committed."""

from typing import Any

from labeller import service
from labeller.errors import NotFoundError
from labeller.records import Answer, ProjectView
from labeller.rounds.questions.candidates import has_rest
from labeller.service import Store
from labeller.ui.widgets.pieces.ledger import Entry, Ledger


def apply_log(
    ledger: Ledger, store: Store, project: ProjectView, log: dict[str, Any] | None
) -> bool:
    """Commits what is new in the log of the grid; True if the cluster tree will change."""
    return ledger.apply(log, lambda entry, sent: _apply(store, project, entry, sent))


def _apply(store: Store, project: ProjectView, entry: Entry, sent: tuple[str, int]) -> bool:
    """Commits one entry; True for what makes or takes cards: splits, many marks, their undoing."""
    node = str(entry["node"])
    if entry["kind"] == "undo":
        try:
            said = service.undo(store, project, node=node, entry=sent)
        except NotFoundError:  # taken back already, in another window
            return False
    else:
        answer, expert = _read(store, project, entry), str(entry.get("expert") or "me")
        check = bool(entry.get("check"))
        said = service.answer(store, project, node, answer, expert=expert, check=check, entry=sent)
    return said.kind == "split" or has_rest(len(said.wrong))


def _read(store: Store, project: ProjectView, entry: Entry) -> Answer:
    kind = str(entry["kind"])
    confidence = float(entry.get("confidence", 1.0))
    if kind == "label":
        label = entry.get("label")
        if label is None:
            label = service.add_class(store, project, str(entry.get("name", "")), anew=False).label
        wrong, only = (tuple(entry.get(name) or ()) for name in ("wrong", "only"))
        return Answer("label", int(label), confidence, wrong=wrong, only=only)
    if kind == "split":
        return Answer("split", split=int(entry["split"]))
    if kind == "skip":
        return Answer("skip")
    raise ValueError(f"kind must be label, split, skip or undo, got {kind}")
