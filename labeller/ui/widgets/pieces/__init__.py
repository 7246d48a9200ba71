"""What our components share: JavaScript, styles, pictures, and a run of the page when one waits.

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
    script = pieces_js(css.parent, *files)
    style = "\n".join([read(_FOLDER, "board.css"), read(css.parent, css.name)])
    # Registered in each run: a registry belongs to one server, a module to one process.
    return st.components.v2.component(name, css=style, js=script)(key=key, data=data, **events)


def pieces_js(folder: Path, *names: str, pieces: Sequence[str] = _BOARD) -> str:
    """The script of a component: some of the shared pieces, then its own files."""
    shared = [read(_FOLDER, name) for name in pieces]
    return "\n".join([*shared, *(read(folder, name) for name in names)])


@cache
def read(folder: Path, name: str) -> str:
    """A file beside the code, read once per process."""
    return (folder / name).read_text(encoding="utf-8")


def nothing() -> None:
    """A state of a component needs a callback to exist."""


def mount_wake(key: str) -> None:
    """Has the whole page run again for a board whose server was started anew and does not answer;
    stands outside of the board's fragment."""
    wake = st.components.v2.component("labeller_wake", js=read(_FOLDER, "wake.js"))
    wake(key=key, height=1, on_unanswered_change=nothing)


def mount_confirmed(session: str, ledger: dict[str, Any], key: str) -> None:
    """Tells the board of that session at once what was committed, as `Ledger.data` has it.

    Stands in the board's fragment before what takes time: the page can say "saved" so much sooner.
    """
    mount_news("confirmed", {"session": session, **ledger}, key)


def mount_news(event: str, data: dict[str, Any], key: str) -> None:
    """Hands `data` to the boards that listen for that event, `labeller-EVENT` of the window."""
    news = st.components.v2.component("labeller_news", js=read(_FOLDER, "news.js"))
    news(key=key, data={"event": event, **data}, height=1)


def mount_pictures(data: dict[str, Any], key: str) -> None:
    """Hands pictures to a component of ours, from one without a body: they travel apart from what
    is said of them, so that a key sends none of them again.

    `data`: `session` of that component, `sheets` by name, and `strip` where it has one.
    """
    pictures = st.components.v2.component("labeller_pictures", js=read(_FOLDER, "pictures.js"))
    pictures(key=key, data=data, height=1)


class Recent(dict[str, Any]):
    """The sheets made last, shared by all tabs; the oldest make room."""

    def __setitem__(self, name: str, made: Any) -> None:
        super().__setitem__(name, made)
        while len(self) > 1000:
            self.pop(next(iter(self)), None)


@st.cache_resource(show_spinner=False)
def recent_sheets() -> Recent:
    """The sheets that this server has made."""
    return Recent()
