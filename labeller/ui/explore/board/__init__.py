"""The Explore board: the map of all images, and what is chosen on it (JavaScript, WebGL 2).

Four components without a dependency. `mount_points` hands over what is known of the points, as
bytes; `mount_explore` is the board that draws them, `mount_hover` fetches the pictures around the
mouse, and those of the selection travel by `pieces.mount_pictures`. Each is sent only what changed:
another colour sends nothing, a lasso 200 pictures, an answer the labels.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.widgets.pieces import mount_board, nothing, pieces_js
from labeller.ui.widgets.pieces.ledger import Ledger
from labeller.ui.widgets.pieces.selections import apply_selections

PLACE = "Explore"  # where the images were selected
_FOLDER = Path(__file__).parent
_FILES = (
    *("columns.js", "view.js", "drawing.js", "model.js"),
    *("tiles.js", "map.js", "journey.js", "legend.js", "grid.js", "main.js"),
)


def mount_explore(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the board; returns its state.

    `data`: `session` (names project, map and round), `round` and `rounds` (those with a map of
    their own), `by` (the column of the colours, as far as it is known), `look` (see payload.look),
    `file` (name of a picture of the map), `classes`, `expert` (who answers), `open` (why nothing
    can be answered, or empty), `labelled` and `aside` (numbers of images), `last` (number of the
    answer that Undo takes back after a reload), `found` (answer to `ask`), and what `Ledger.data`
    says.

    The state: `log` (see pieces.selections), `want` (`name` and `images` of a page of the
    selection), `ask` (`id`, `kind`: find or alike, `value`), `by`, `expert`, `play` (the places in
    all rounds are wanted), `sync`.
    """
    names = ("want", "ask", "by", "expert", "play", "sync")
    events = dict.fromkeys([f"on_{name}_change" for name in names], nothing)
    return mount_board(
        "labeller_explore",
        _FOLDER / "explore.css",
        _FILES,
        key,
        data,
        on_log_change=on_log,
        **events,
    )


def mount_points(data: bytes, key: str) -> None:
    """Hands points to the board of their session; `data` is of `payload.packed`."""
    script = pieces_js(_FOLDER, "columns.js", "points.js", pieces=("log.js",))
    st.components.v2.component("labeller_points", js=script)(key=key, data=data, height=1)


def mount_hover(data: dict[str, Any], key: str) -> None:
    """Hands the `tiles` (see payload.tiles) of a `session` over, and is asked for others.

    Stands in a fragment of its own. Its state: `want`, with `session` and `images`.
    """
    script = pieces_js(_FOLDER, "tiles.js", "hover.js", pieces=("log.js",))
    hover = st.components.v2.component("labeller_hover", js=script)
    hover(key=key, data=data, height=1, on_want_change=nothing)


def apply_log(
    ledger: Ledger, store: Store, project: ProjectView, log: dict[str, Any] | None
) -> None:
    """Commits what is new in the log of the board."""
    apply_selections(ledger, store, project, log, PLACE)
