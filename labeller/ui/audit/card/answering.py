"""From the log of the audit card to the store: what was said of an image, and what was undone."""

from contextlib import suppress
from typing import Any

from labeller import service
from labeller.errors import StateError
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.widgets.pieces.ledger import Entry, Ledger


def apply_log(
    ledger: Ledger, store: Store, project: ProjectView, log: dict[str, Any] | None
) -> None:
    """Commits what is new in the log of the card."""
    ledger.apply(log, lambda entry, sent: _apply(store, project, entry, sent))


def _apply(store: Store, project: ProjectView, entry: Entry, sent: tuple[str, int]) -> bool:
    """Commits one entry. An undo names its image: it takes back no other."""
    image, kind = int(entry["image"]), str(entry["kind"])
    expert = str(entry.get("expert") or "me")
    if kind not in ("label", "skip", "undo"):
        raise ValueError(f"kind must be label, skip or undo, got {kind}")
    if kind == "undo":
        with suppress(StateError):  # taken back already, in another window
            service.undo_audit(store, project, image, expert=expert, entry=sent)
    else:
        label = int(entry["label"]) if kind == "label" else None
        service.answer_audit(store, project, image, label, expert=expert, entry=sent)
    return False
