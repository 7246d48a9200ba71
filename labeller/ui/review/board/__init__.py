"""The board of images on the Review page: labels corrected one by one (a component, JavaScript)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labeller import service
from labeller.errors import StateError
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.person import signed_in
from labeller.ui.widgets.pieces import mount_board, nothing
from labeller.ui.widgets.pieces.ledger import Entry, Ledger

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
    ledger.apply(log, lambda entry, sent: _apply(store, project, entry, sent))


def _apply(store: Store, project: ProjectView, entry: Entry, sent: tuple[str, int]) -> bool:
    """Commits one entry. An undo names the entry that it takes back."""
    kind, client = str(entry["kind"]), sent[0]
    expert = signed_in() or str(entry.get("expert") or "me")
    if kind == "undo":
        given = service.stored_answer(store, project, (client, int(entry["of"])))
        if given is None:
            raise StateError("what was to be undone was never saved")
        service.undo(store, project, answer=given.number, expert=expert, entry=sent)
        return False
    if kind not in ("label", "aside"):
        raise ValueError(f"kind must be label, aside or undo, got {kind}")
    label = None
    if kind == "label":
        label = entry.get("label")
        if label is None:
            # Sent again after its class was renamed, it would make the class anew.
            if service.stored_answer(store, project, sent) is not None:
                return False
            name = str(entry.get("name", ""))
            label = service.add_class(store, project, name, exist_ok=True).label
    service.label_images(
        store,
        project,
        [int(image) for image in entry["images"]],
        None if label is None else int(label),
        confidence=float(entry.get("confidence", 1.0)),
        place=PLACE,
        expert=expert,
        entry=sent,
    )
    return False
