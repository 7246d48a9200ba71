"""The label grid: cards answered by keys, a component of ours (JavaScript, no dependencies).

An answer is painted by the browser at once and sent as an entry of a log; `apply_log` commits it,
and the grid says "saved" only after that. Pictures travel apart from answers: `pieces.pictures`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from labeller import service
from labeller.errors import AlreadyUndoneError
from labeller.records import Answer, ProjectView
from labeller.rounds.questions.candidates import has_rest
from labeller.service import Store
from labeller.ui.widgets.pieces import mount_board, nothing
from labeller.ui.widgets.pieces.ledger import Entry, Ledger

_FILES = (
    "marks.js",
    "several.js",
    "model.js",
    "words.js",
    "strip.js",
    "bindings.js",
    "keys.js",
    "settings.js",
    "original.js",
    "guide.js",
    "tour.js",
    "evidence.js",
    "panel.js",
    "main.js",
)


def mount_grid(data: dict[str, Any], key: str, *, on_log: Callable[[], None]) -> Any:
    """Shows the grid; returns its state.

    `data`: `session` (names project and round), `round`, `cards`, `classes`, `order` (nodes of the
    answers, oldest first), `images` (how many the cards stand for), `expert` whom the cards are
    for, `account` (the name that is signed in, or None), `tour` (whether who sees the page first is
    shown around), and what `Ledger.data` says.
    The state: `log` (see Ledger.apply), `want` (node whose pictures are missing), `sync` (the
    window was looked at again), `go` ("review", once), `members` (the node all of whose images are
    to be shown, once), `zoom` (the image whose original is to be shown, once), `expert` (the name
    that this browser answers under).
    """
    events = dict.fromkeys(
        (
            *("on_want_change", "on_sync_change", "on_go_change", "on_members_change"),
            *("on_expert_change", "on_zoom_change"),
        ),
        nothing,
    )
    css = Path(__file__).with_name("grid.css")
    return mount_board(
        "labeller_label_grid", css, _FILES, key, data, on_log_change=on_log, **events
    )


def apply_log(
    ledger: Ledger,
    store: Store,
    project: ProjectView,
    log: dict[str, Any] | None,
    *,
    account: str | None = None,
) -> bool:
    """Commits what is new in the log of the grid; True if the cluster tree will change.

    `account`: whose answers they are, whatever name the browser sends.
    """
    return ledger.apply(log, lambda entry, sent: _apply(store, project, entry, sent, account))


def _apply(
    store: Store, project: ProjectView, entry: Entry, sent: tuple[str, int], account: str | None
) -> bool:
    """Commits one entry; True for what makes or takes cards: splits, many marks, their undoing."""
    node, expert = str(entry["node"]), account or str(entry.get("expert") or "me")
    number = None if (seen := entry.get("round")) is None else int(seen)
    if entry["kind"] == "undo":
        try:
            stored = service.undo(
                store, project, node=node, expert=expert, entry=sent, round=number
            )
        except AlreadyUndoneError:  # in another window
            return False
    else:
        answer = _read(store, project, entry, sent)
        check = None if entry.get("check") else False  # whether it is doubted still
        stored = service.answer(
            store, project, node, answer, expert=expert, check=check, entry=sent, round=number
        )
    return stored.kind == "split" or has_rest(len(stored.wrong))


def _read(store: Store, project: ProjectView, entry: Entry, sent: tuple[str, int]) -> Answer:
    kind = str(entry["kind"])
    confidence = float(entry.get("confidence", 1.0))
    if kind == "label":
        label = entry.get("label")
        if label is None:
            # Sent again after its class was renamed, it would make the class anew.
            if (stored := service.stored_answer(store, project, sent)) is not None:
                return stored
            name = str(entry.get("name", ""))
            label = service.add_class(store, project, name, exist_ok=True).label
        wrong, only = (tuple(entry.get(name) or ()) for name in ("wrong", "only"))
        return Answer("label", int(label), confidence, wrong=wrong, only=only)
    if kind == "split":
        return Answer("split", split=int(entry["split"]))
    if kind == "skip":
        return Answer("skip")
    raise ValueError(f"kind must be label, split, skip or undo, got {kind}")
