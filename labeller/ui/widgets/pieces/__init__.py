"""What our components share: JavaScript, styles, the ledger of what was sent, and pictures.

The files are put together as text, in order, since a component is one script.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
# Small pieces, the log of unconfirmed entries, keys, the choice of a class, what a page is.
_BOARD = ("parts.js", "log.js", "keys.js", "chooser.js", "board.js")


def mount_board(
    name: str, css: Path, files: Sequence[str], key: str, data: dict[str, Any], **events: Any
) -> Any:
    """Shows a component that is a board; returns its state.

    Its style is the shared one, then `css`; its script the shared pieces, then `files` beside that.
    """
    pieces = [read(_FOLDER, piece) for piece in _BOARD]
    script = "\n".join([*pieces, *(read(css.parent, file) for file in files)])
    style = "\n".join([read(_FOLDER, "board.css"), read(css.parent, css.name)])
    # Registered in each run: a registry belongs to one server, a module to one process.
    return st.components.v2.component(name, css=style, js=script)(key=key, data=data, **events)


@cache
def read(folder: Path, name: str) -> str:
    """A file beside the code, read once a process."""
    return (folder / name).read_text(encoding="utf-8")


def nothing() -> None:
    """A state of a component needs a callback to exist."""
