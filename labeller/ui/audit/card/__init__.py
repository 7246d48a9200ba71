"""The audit card: one image after the other, its class by a key; a component of ours (JavaScript).

The browser has the next images already: a key paints the next one at once and becomes an entry of
a log, which `answering` commits. The pictures travel apart from it: `pieces.pictures`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labeller.ui.widgets.pieces import mount_board, nothing


def mount_card(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the card; returns its state.

    `data`: what `payload.card_data` and `Ledger.data` say. The state: `log` (see Ledger.apply),
    `sync` (the window was looked at again).
    """
    files, css = ("model.js", "main.js"), Path(__file__).with_name("card.css")
    events = {"on_log_change": on_log, "on_sync_change": nothing}
    return mount_board("labeller_audit_card", css, files, key, data, **events)
