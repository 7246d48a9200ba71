"""The Explore board: the map of all images, and what is chosen on it (JavaScript, WebGL 2).

Four components without a dependency. `mount_points` hands over what is known of the points, as
bytes; `mount_explore` is the board that draws them, `mount_hover` fetches the pictures around the
mouse, and those of the selection travel by `pieces.mount_pictures`. Each is sent only what changed:
another colour sends nothing, a lasso 200 pictures, an answer the labels.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from labeller import service
from labeller.errors import NotFoundError
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.widgets.pieces import mount_board, nothing, pieces_js
from labeller.ui.widgets.pieces.ledger import Entry, Ledger

_FOLDER = Path(__file__).parent
_FILES = (
    *("columns.js", "view.js", "drawing.js", "model.js"),
    *("tiles.js", "map.js", "legend.js", "grid.js", "main.js"),
)


def mount_explore(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the board; returns its state.

    `data`: `session` (names project, map and round), `look` (see payload.look), `file` (name of a
    picture of the map), `classes`, `open` (why nothing can be answered, or empty), `found` (answer
    to `ask`), and what `Ledger.data` says. The state: `log` (see Ledger.apply), `want` (`name` and
    `images` of a page of the selection), `ask` (`id`, `kind`: find or alike, `value`), `by` (the
    column of the colours), `sync`.
    """
    events = dict.fromkeys(
        ("on_want_change", "on_ask_change", "on_by_change", "on_sync_change"), nothing
    )
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
    ledger.apply(log, lambda entry, sent: _apply(store, project, entry, sent))


def _apply(store: Store, project: ProjectView, entry: Entry, sent: tuple[str, int]) -> bool:
    """Commits one entry: a class for a set of images, or its undoing, which names its entry."""
    kind = str(entry["kind"])
    if kind not in ("label", "aside", "undo"):
        raise ValueError(f"kind must be label, aside or undo, got {kind}")
    if kind == "undo":
        stored = service.stored_answer(store, project, (sent[0], int(entry["of"])))
        if stored is not None:  # else it was refused
            with suppress(NotFoundError):  # taken back already, on another page
                service.undo(store, project, answer=stored.number, entry=sent)
        return False
    if service.stored_answer(store, project, sent) is not None:
        return False  # sent again after its class was renamed, it would make the class anew
    label = None if kind == "aside" else entry.get("label")
    if kind == "label" and label is None:
        name = str(entry.get("name", ""))
        label = service.add_class(store, project, name, exist_ok=True).label
    service.label_images(
        store,
        project,
        [int(image) for image in entry["images"]],
        None if label is None else int(label),
        confidence=float(entry.get("confidence", 1.0)),
        expert=str(entry.get("expert") or "me"),
        entry=sent,
    )
    return False
