"""Pictures travel apart from what is said of them, so that a key sends none of them again."""

from pathlib import Path
from typing import Any

import streamlit as st

from labeller.ui.widgets.pieces import read


def mount_pictures(data: dict[str, Any], key: str) -> None:
    """Hands pictures to a component of ours, from one without a body.

    `data`: `session` of that component, `sheets` by name, and `strip` where it has one.
    """
    script = read(Path(__file__).parent, "pictures.js")
    st.components.v2.component("labeller_pictures", js=script)(key=key, data=data, height=1)


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
