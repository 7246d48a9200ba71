"""Rows of small pictures that can be clicked (a component of ours, JavaScript)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from labeller.ui.widgets.pieces import pieces_js, read
from labeller.ui.widgets.pieces.messages import PickerState, read_state
from labeller.ui.widgets.sprites import data_uri, is_photo

_FOLDER = Path(__file__).parent


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
    data = {"chosen": chosen, "rows": [_row(row) for row in rows]}

    def picked() -> None:
        number = read_state(PickerState, st.session_state.get(key)).picked
        if number is not None and any(number in row.numbers for row in rows):
            on_pick(number)

    # Registered in each run: a registry belongs to one server, a module to one process.
    component = st.components.v2.component(
        "labeller_picker",
        css=read(_FOLDER, "picker.css"),
        js=pieces_js(_FOLDER, "picker.js", pieces=("parts.js",)),
    )
    component(key=key, data=data, on_picked_change=picked)


def _row(row: PickerRow) -> dict[str, Any]:
    photo = is_photo(row.images)
    pictures = [
        {"number": int(number), "uri": data_uri(image, photo=photo)}
        for number, image in zip(row.numbers, row.images, strict=True)
    ]
    return {"name": row.name, "photo": photo, "pictures": pictures}
