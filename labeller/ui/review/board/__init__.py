"""The board of images on the Review page: labels corrected one by one (a component, JavaScript)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.widgets.pieces import mount_board, nothing
from labeller.ui.widgets.pieces.ledger import Ledger
from labeller.ui.widgets.pieces.selections import apply_selections

_FILES = ("model.js", "main.js")
PLACE = "Review"  # where the images were selected


def mount_labels(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the board; returns its state.

    `data`: `session` (names the project), `images` (records.ImageLabel as plain values, with the
    `name` of the label), `sheet` (name of their pictures), `page` of `pages`, `total` (images of
    all pages), `classes`, and what `Ledger.data` says. The state: `log` (see Ledger.apply), `page`
    that is wanted, `sync` (the window was looked at again).
    """
    css = Path(__file__).with_name("board.css")
    events = {"on_log_change": on_log, "on_page_change": nothing, "on_sync_change": nothing}
    return mount_board("labeller_review_board", css, _FILES, key, data, **events)


def apply_log(
    ledger: Ledger, store: Store, project: ProjectView, log: dict[str, Any] | None
) -> None:
    """Commits what is new in the log of the board."""
    apply_selections(ledger, store, project, log, PLACE)
