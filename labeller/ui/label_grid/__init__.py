"""The label grid: cards answered by keys, a component of ours (JavaScript, no dependencies).

An answer is painted by the browser at once and sent as an entry of a log; `answering` commits it
and the grid says "saved" only after that. Pictures travel apart from answers, in a second
component without a body, so that an answer sends none of them again.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
_GRID = ("parts.js", "model.js", "keys.js", "evidence.js", "panel.js", "main.js")


def mount_grid(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the grid; returns its state.

    `data`: `session` (names project and round), `round`, `cards`, `classes`, `order` (nodes of the
    answers, oldest first), `images` (how many the cards stand for), `ledger` (name), `applied`
    and `failed` of `answering.Ledger`. The state: `log` (see Ledger.apply), `want` (node whose
    pictures are missing), `sync` (the window was looked at again), `go` ("review", once).
    """
    # Registered in each run: a registry belongs to one server, a module to one process.
    grid = st.components.v2.component("labeller_label_grid", css=_read("grid.css"), js=_grid_js())
    return grid(
        key=key,
        data=data,
        on_log_change=on_log,
        on_want_change=_nothing,
        on_sync_change=_nothing,
        on_go_change=_nothing,
    )


def mount_pictures(data: dict[str, Any], key: str) -> None:
    """Hands pictures to the grid; `data`: `session`, `strip` and `sheets` of `payload`."""
    pictures = st.components.v2.component("labeller_label_pictures", js=_read("pictures.js"))
    pictures(key=key, data=data, height=1)


@cache
def _grid_js() -> str:
    return "\n".join(_read(name) for name in _GRID)


@cache
def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _nothing() -> None:
    """A state needs a callback to exist."""
