"""From the log of the audit card to the store: what was said of an image, and what was undone."""

from typing import Any

from labeller import service
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.widgets.pieces.ledger import Ledger


def apply_log(
    ledger: Ledger, store: Store, project: ProjectView, log: dict[str, Any] | None
) -> None:
    """Commits what is new in the log of the card."""
    ledger.apply(log, lambda entry: _apply(store, project, entry))


def _apply(store: Store, project: ProjectView, entry: dict[str, Any]) -> bool:
    """Commits one entry; a second time changes nothing.

    An undo names its image: a log that is sent again after other words takes back no other.
    """
    image, kind = int(entry["image"]), str(entry["kind"])
    expert = str(entry.get("expert") or "me")
    if kind not in ("label", "skip", "undo"):
        raise ValueError(f"kind must be label, skip or undo, got {kind}")
    view = service.audit(store, project)
    said = {} if view is None else view.said
    if kind == "undo":
        if image in said:
            service.undo_audit(store, project, image, expert=expert)
        return False
    label = int(entry["label"]) if kind == "label" else None
    if image not in said or said[image] != label:
        service.answer_audit(store, project, image, label, expert=expert)
    return False
