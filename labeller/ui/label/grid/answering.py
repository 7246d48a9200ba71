"""From the log of the label grid to answers in the store: in order, once each, committed."""

from typing import Any

from labeller import service
from labeller.errors import StateError
from labeller.records import AnswerView, ClassView, ProjectView
from labeller.rounds.answer import Answer
from labeller.rounds.questions.candidates import has_rest
from labeller.service import Store
from labeller.ui.widgets.pieces.ledger import Ledger


def apply_log(
    ledger: Ledger, store: Store, project: ProjectView, log: dict[str, Any] | None
) -> bool:
    """Commits what is new in the log of the grid; True if the cluster tree will change."""
    return ledger.apply(log, lambda entry: _apply(store, project, entry))


def order(store: Store, project: ProjectView) -> list[str]:
    """Nodes of the answers of the open round, oldest first: the stack that undo pops."""
    return [answer.node for answer in _given(store, project)]


def _apply(store: Store, project: ProjectView, entry: dict[str, Any]) -> bool:
    """Applies one entry; a second time changes nothing.

    True for what makes or takes cards: splits, many marks, and their undoing.
    """
    node, expert = str(entry["node"]), str(entry.get("expert") or "me")
    if entry["kind"] == "undo":
        return _undo(store, project, node)
    answer = _read(store, project, entry)
    check = bool(entry.get("check")) and _doubted(store, project, node)
    if check or not _stands(_active(store, project, node), answer):
        service.answer(store, project, node, answer, expert=expert, check=check)
    return _reshapes(answer)


def _undo(store: Store, project: ProjectView, node: str) -> bool:
    """Revokes the newest answer if it is the one about `node`; else it is revoked already."""
    newest = next(reversed(_given(store, project)), None)
    if newest is None:
        return False
    if newest.node != node:
        if _active(store, project, node) is None:
            return False
        raise StateError(
            "Nothing was undone: a newer answer was given in another window. Undo that one first."
        )
    service.undo(store, project)
    return _reshapes(newest)


def _reshapes(answer: Answer | AnswerView) -> bool:
    """Whether the worker makes cards of the answer: parts of a split, or a rest."""
    return answer.kind == "split" or has_rest(len(answer.wrong))


def _read(store: Store, project: ProjectView, entry: dict[str, Any]) -> Answer:
    kind = str(entry["kind"])
    confidence = float(entry.get("confidence", 1.0))
    if kind == "label":
        label = entry.get("label")
        if label is None:
            label = _named(store, project, str(entry.get("name", ""))).label
        marks = {name: tuple(entry.get(name) or ()) for name in ("wrong", "only")}
        return Answer("label", int(label), confidence, wrong=marks["wrong"], only=marks["only"])
    if kind == "split":
        return Answer(kind="split", split=int(entry["split"]))
    if kind == "skip":
        return Answer(kind="skip")
    raise ValueError(f"kind must be label, split, skip or undo, got {kind}")


def _named(store: Store, project: ProjectView, name: str) -> ClassView:
    """The class called `name`, added if it is new."""
    for known in service.project(store, project.id).classes:
        if known.name == name:
            return known
    return service.add_class(store, project, name)


def _given(store: Store, project: ProjectView) -> list[AnswerView]:
    """The answers of the open round that are not revoked, oldest first."""
    current = service.current_round(store, project)
    return [] if current is None else service.answers(store, project, current.number)


def _active(store: Store, project: ProjectView, node: str) -> AnswerView | None:
    """The answer about `node` that stands: the newest one."""
    return next((one for one in reversed(_given(store, project)) if one.node == node), None)


def _doubted(store: Store, project: ProjectView, node: str) -> bool:
    """Whether there is a doubt about `node`: confirming an answer says the same once more."""
    return any(doubt.node == node for doubt in service.doubtful(store, project))


def _stands(active: AnswerView | None, wanted: Answer) -> bool:
    """Whether the store already holds this very answer (the log was sent twice)."""
    if active is None or active.kind != wanted.kind:
        return False
    if wanted.kind == "label":
        same = abs(active.confidence - wanted.confidence) < 1e-9
        marked = (active.wrong, active.only) == (wanted.wrong, wanted.only)
        return active.label == wanted.label and same and marked
    return wanted.kind == "skip" or active.split == wanted.split
