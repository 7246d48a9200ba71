"""All images of a card, from its centre to its edge: more than the card itself has room for."""

import numpy as np
import streamlit as st

from labeller import service
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.page import image_grid, showing_errors

# Pictures at once, how many in a row, and how large, by the name of the size.
SIZES = {"Small": (144, 18, 56), "Large": (12, 4, 256)}


@st.dialog("All images of the card", width="large")
def show_members(store: Store, project: ProjectView, node: str) -> None:
    """The dialog: a part of the images, which a slider chooses, and their file names."""
    with showing_errors():
        members = service.members(store, project, node)
        size = st.segmented_control(
            "Pictures", list(SIZES), default="Small", required=True, key=f"members size {node}"
        )
        room, columns, side = SIZES[size or "Small"]
        first = _place(len(members), room, f"members {node} {size}")
        shown = members[first : first + room]
        pictures = service.pictures(store, project, shown, side)
        image_grid(pictures, columns=columns, scale=max(1, side // pictures.shape[2]))
        with st.expander("File names"):
            st.code("\n".join(service.image_names(store, project, shown.tolist())), language=None)


def _place(count: int, room: int, key: str) -> int:
    """The number of the first picture, counted from the centre."""
    if count <= room:
        st.caption(f"All {count:,} images, the most typical first.")
        return 0
    steps = np.arange(0, count - room + 1, max(1, room // 2)).tolist()
    if steps[-1] != count - room:
        steps.append(count - room)
    first = st.select_slider(
        "From the centre to the edge",
        steps,
        format_func=lambda first: f"{first + 1:,} to {first + room:,}",
        key=key,
    )
    st.caption(f"{count:,} images; the most typical come first, the least typical last.")
    return int(first)
