"""Rows of small pictures that can be clicked (a component of ours, JavaScript)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from labeller.ui.widgets.sprites import data_uri, is_photo


@dataclass(frozen=True, eq=False)
class PickerRow:
    """A row of pictures: its name, their numbers in the project, and images (n, H, W, C) uint8.

    Photos where C is 4.
    """

    name: str
    numbers: Sequence[int]
    images: np.ndarray


def picker(
    rows: Sequence[PickerRow], key: str, *, chosen: int | None, on_pick: Callable[[int], None]
) -> None:
    """Draws the rows; a click calls `on_pick` with the picture's number before the page reruns."""
    data: dict[str, Any] = {
        "chosen": chosen,
        "rows": [
            {
                "name": row.name,
                "photo": is_photo(row.images),
                "pictures": [
                    {"number": int(number), "uri": data_uri(image, photo=is_photo(image))}
                    for number, image in zip(row.numbers, row.images, strict=True)
                ],
            }
            for row in rows
        ],
    }

    def picked() -> None:
        state = st.session_state.get(key) or {}
        if state.get("picked") is not None:
            on_pick(int(state["picked"]))

    # Registered in each run: a registry belongs to one server, a module to one process.
    component = st.components.v2.component(
        "labeller_picker", css=_read("picker.css"), js=_read("picker.js")
    )
    component(key=key, data=data, on_picked_change=picked)


@cache
def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")
