"""A board whose server was started anew gets the whole page run again."""

from pathlib import Path

import streamlit as st

from labeller.ui.widgets.pieces import nothing, read


def mount_wake(key: str) -> None:
    """Listens for a board without an answer; stands outside of the board's fragment."""
    script = read(Path(__file__).parent, "wake.js")
    wake = st.components.v2.component("labeller_wake", js=script)
    wake(key=key, height=1, on_unanswered_change=nothing)
