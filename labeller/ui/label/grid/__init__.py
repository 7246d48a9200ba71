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
from labeller.ui.widgets.pieces.ledger import Ledger, Sent
from labeller.ui.widgets.pieces.messages import CardEntry

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
    ledger: Ledger, store: Store, project: ProjectView, log: Any, *, account: str | None = None
) -> bool:
    """Commits what is new in the log of the grid; True if the cluster tree will change.

    `account`: whose answers they are, whatever name the browser sends.
    """
    return ledger.apply(
        log, CardEntry, lambda entry, sent: _apply(store, project, entry, sent, account)
    )


def _apply(
    store: Store, project: ProjectView, entry: CardEntry, sent: Sent, account: str | None
) -> bool:
    """Commits one entry; True for what makes or takes cards: splits, many marks, their undoing."""
    about: dict[str, Any] = {"expert": account or entry.expert, "entry": sent, "round": entry.round}
    if entry.kind == "undo":
        try:
            stored = service.undo(store, project, node=entry.node, **about)
        except AlreadyUndoneError:  # in another window
            return False
    else:
        about["check"] = None if entry.check else False  # whether it is doubted still
        if entry.kind == "label" and entry.label is None:
            about["new_class"] = entry.name or ""
        stored = service.answer(store, project, entry.node, _read(entry), **about)
    return stored.kind == "split" or has_rest(len(stored.wrong))


def _read(entry: CardEntry) -> Answer:
    """The answer; of a new class the service knows the number."""
    if entry.kind == "split":
        return Answer("split", split=entry.split)
    if entry.kind != "label":
        return Answer("skip")
    wrong, only = tuple(entry.wrong or ()), tuple(entry.only or ())
    return Answer("label", entry.label or 0, entry.confidence, wrong=wrong, only=only)
