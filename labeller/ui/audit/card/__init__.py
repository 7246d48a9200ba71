"""The audit card: one image after the other, its class by a key; a component of ours (JavaScript).

The browser has the next images already: a key paints the next one at once and becomes an entry of
a log, which `answering` commits. The pictures travel apart from it: `pieces.pictures`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from labeller.ui.widgets.pieces import board_css, board_js, nothing

_FOLDER = Path(__file__).parent


def mount_card(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the card; returns its state.

    `data`: what `payload.card_data` and `Ledger.data` say. The state: `log` (see Ledger.apply),
    `sync` (the window was looked at again).
    """
    # Registered in each run: a registry belongs to one server, a module to one process.
    card = st.components.v2.component(
        "labeller_audit_card",
        css=board_css(_FOLDER, "card.css"),
        js=board_js(_FOLDER, "model.js", "main.js"),
    )
    return card(key=key, data=data, on_log_change=on_log, on_sync_change=nothing)
