"""The label grid: cards answered by keys, a component of ours (JavaScript, no dependencies).

An answer is painted by the browser at once and sent as an entry of a log; `answering` commits it
and the grid says "saved" only after that. Pictures travel apart from answers: `pieces.pictures`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labeller.ui.widgets.pieces import mount_board, nothing

_FILES = ("marks.js", "model.js", "words.js", "keys.js", "evidence.js", "panel.js", "main.js")


def mount_grid(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the grid; returns its state.

    `data`: `session` (names project and round), `round`, `cards`, `classes`, `order` (nodes of the
    answers, oldest first), `images` (how many the cards stand for), and what `Ledger.data` says.
    The state: `log` (see Ledger.apply), `want` (node whose pictures are missing), `sync` (the
    window was looked at again), `go` ("review", once).
    """
    events = dict.fromkeys(("on_want_change", "on_sync_change", "on_go_change"), nothing)
    css = Path(__file__).with_name("grid.css")
    return mount_board(
        "labeller_label_grid", css, _FILES, key, data, on_log_change=on_log, **events
    )
