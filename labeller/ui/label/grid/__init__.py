"""The label grid: cards answered by keys, a component of ours (JavaScript, no dependencies).

An answer is painted by the browser at once and sent as an entry of a log; `answering` commits it
and the grid says "saved" only after that. Pictures travel apart from answers: `pieces.pictures`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from labeller.ui.widgets.pieces import board_css, board_js, nothing

_FOLDER = Path(__file__).parent
_FILES = ("marks.js", "model.js", "words.js", "keys.js", "evidence.js", "panel.js", "main.js")


def mount_grid(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the grid; returns its state.

    `data`: `session` (names project and round), `round`, `cards`, `classes`, `order` (nodes of the
    answers, oldest first), `images` (how many the cards stand for), and what `Ledger.data` says.
    The state: `log` (see Ledger.apply), `want` (node whose pictures are missing), `sync` (the
    window was looked at again), `go` ("review", once).
    """
    # Registered in each run: a registry belongs to one server, a module to one process.
    grid = st.components.v2.component(
        "labeller_label_grid",
        css=board_css(_FOLDER, "grid.css"),
        js=board_js(_FOLDER, *_FILES),
    )
    return grid(
        key=key,
        data=data,
        on_log_change=on_log,
        on_want_change=nothing,
        on_sync_change=nothing,
        on_go_change=nothing,
    )
