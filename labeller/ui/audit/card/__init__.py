"""The audit card: one image after the other, its class by a key; a component of ours (JavaScript).

The browser has the next images already: a key paints the next one at once and becomes an entry of
a log, which `apply_log` commits. The pictures travel apart from it: `pieces.pictures`.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from labeller import service
from labeller.errors import StateError
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.person import signed_in
from labeller.ui.widgets.pieces import mount_board, nothing
from labeller.ui.widgets.pieces.ledger import Ledger, Sent
from labeller.ui.widgets.pieces.messages import AuditEntry


def mount_card(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the card; returns its state.

    `data`: what `payload.card_data` and `Ledger.data` say. The state: `log` (see Ledger.apply),
    `sync` (the window was looked at again).
    """
    files, css = ("model.js", "main.js"), Path(__file__).with_name("card.css")
    events = {"on_log_change": on_log, "on_sync_change": nothing}
    return mount_board("labeller_audit_card", css, files, key, data, **events)


def apply_log(ledger: Ledger, store: Store, project: ProjectView, log: Any) -> None:
    """Commits what is new in the log of the card."""

    def act(entry: AuditEntry, sent: Sent) -> bool:
        _apply(store, project, entry, sent)
        return False

    ledger.apply(log, AuditEntry, act)


def _apply(store: Store, project: ProjectView, entry: AuditEntry, sent: Sent) -> None:
    """Commits one entry. An undo names its image: it takes back no other."""
    expert = signed_in() or entry.expert
    if entry.kind == "undo":
        with suppress(StateError):  # taken back already, in another window
            service.undo_audit(store, project, entry.image, expert=expert, entry=sent)
        return
    if entry.kind == "label" and entry.label is None:
        raise ValueError("a label must name a class, got none")
    label = entry.label if entry.kind == "label" else None
    service.answer_audit(store, project, entry.image, label, expert=expert, entry=sent)
