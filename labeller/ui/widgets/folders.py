"""Looking through the folders of this computer for a folder or an archive of images."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from labeller.data.browse import MOST, FolderListing, listing
from labeller.errors import NotFoundError
from labeller.ui.frame.page import showing_errors
from labeller.ui.frame.text import escape


def choose_path(
    key: str, allowed: Sequence[Path], *, placeholder: str, help: str, label: str = "Path"
) -> str:
    """A field for a path, and a button beside it that opens the `allowed` folders; returns the
    path.
    """
    left, right = st.columns([5, 1], vertical_alignment="bottom")
    typed = left.text_input(label, key=key, placeholder=placeholder, help=help).strip()
    with (
        right.popover(
            "Browse", icon=":material/folder_open:", key=f"{key} browse", width="stretch"
        ),
        showing_errors(),
    ):
        _browse(key, allowed)
    return typed


def _browse(key: str, allowed: Sequence[Path]) -> None:
    at = f"{key} at"
    try:
        now = listing(st.session_state.get(at), allowed)
    except NotFoundError as error:  # it went away meanwhile, or is closed to us
        st.session_state.pop(at, None)
        st.warning(escape(str(error)), icon=":material/folder_off:")
        now = listing(None, allowed)
    st.markdown(f"**{escape(str(now.path))}**")
    st.caption(_contents(now))
    if now.images or now.folders:
        st.button(
            "Use this folder", type="primary", key=f"{key} use", width="stretch",
            on_click=_take, args=(key, str(now.path)),
        )  # fmt: skip
    with st.container(height=280, border=False, gap=None):
        if now.parent is not None:
            _entry("..", ":material/arrow_upward:", at, str(now.parent))
        else:
            for root in allowed:
                if root != now.path:
                    _entry(str(root), ":material/home:", at, str(root))
        for name in now.folders:
            _entry(name, ":material/folder:", at, str(now.path / name))
        for name in now.files:
            _entry(name, ":material/folder_zip:", key, str(now.path / name))


def _entry(name: str, icon: str, target: str, value: str) -> None:
    """A line of the list: a folder is gone to, a file is taken."""
    st.button(
        escape(name), icon=icon, type="tertiary",
        key=f"{target} {value}", on_click=_take, args=(target, value),
    )  # fmt: skip


def _take(target: str, value: str) -> None:
    st.session_state[target] = value


def _contents(now: FolderListing) -> str:
    """What the folder holds, in words."""
    kinds = (
        (now.images, "image"),
        (len(now.folders), "folder"),
        (len(now.files), "file of images"),
    )
    some = [f"{n:,} {what}{'s' * (n != 1)}" for n, what in kinds if n]
    words = ", ".join(some) or "Nothing that holds images"
    return f"{words} among the first {MOST} entries." if now.more else f"{words}."
