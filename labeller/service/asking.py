"""Questions and answers: the cards of a round, what an expert says, and taking it back."""

from dataclasses import replace
from typing import Any, cast

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.config import RoundConfig
from labeller.errors import NotFoundError, StateError
from labeller.jobs import queue
from labeller.jobs.kinds import SplitPayload
from labeller.records import AnswerView, Card, CardState, Labelling, RoundView
from labeller.rounds.answer import Answer as Said
from labeller.rounds.questions.order import gain
from labeller.rounds.questions.rest import has_rest
from labeller.service.jobs import refuse_while_active
from labeller.service.lookup import (
    ProjectLike,
    class_names,
    find_project,
    find_round,
    live_classes,
    open_round,
)
from labeller.service.progress import count_answers, labelling_of
from labeller.store import ProjectFolder, Store
from labeller.store import answers as tree
from labeller.store.classes import UNMERGED, MergedLabels, merged_labels
from labeller.store.files import read_arrays
from labeller.store.schema import Answer, Node, Project, Round


def rounds(store: Store, project: ProjectLike) -> list[RoundView]:
    """All rounds of a project, oldest first."""
    with store.read() as session:
        row = find_project(session, project)
        query = select(Round).where(Round.project_id == row.id).order_by(Round.number)
        views, total = [], 0
        for round_ in session.scalars(query):
            given = count_answers(session, row.id, round_.number)
            total += given
            views.append(_round_view(round_, given, total))
    return views


def current_round(store: Store, project: ProjectLike) -> RoundView | None:
    """The round that is being asked about."""
    newest = next(reversed(rounds(store, project)), None)
    return newest if newest is not None and newest.state == "asking" else None


def cards(store: Store, project: ProjectLike, round: int | None = None) -> list[Card]:
    """The cards of a round (the newest by default), open and answered, in the order of asking.

    That is the order of page, commands, API and simulation (`rounds.questions.order`). The children
    of a split take the places of their own gains as soon as the worker has made them.
    """
    with store.read() as session:
        row = find_project(session, project)
        round_ = find_round(session, row.id, round)
        standing = tree.standing(tree.of_round(session, row.id, round_.number))
        nodes = tree.nodes_of_round(session, row.id, round_.number)
        leaves, rests = tree.live_nodes(nodes, standing), tree.answered_rests(nodes, standing)
        merged = merged_labels(session, row.id)
    folder = store.project_folder(row.id)
    train = max(1, row.data.get("train", 1))
    found = [_card(folder, node, standing.get(node.key), train, merged) for node in leaves]
    taken = [rests[node.key].size if node.key in rests else 0 for node in leaves]
    return [replace(card, taken=count) for card, count in zip(found, taken, strict=True)]


def card(store: Store, project: ProjectLike, node: str) -> Card:
    """One card of the newest round; raises NotFoundError that lists the nodes."""
    known = cards(store, project)
    for view in known:
        if view.node == node:
            return view
    nodes = ", ".join(view.node for view in known)
    raise NotFoundError(f"there is no cluster {node!r} in this round; the clusters are: {nodes}")


def node_members(store: Store, project: ProjectLike, node: str) -> np.ndarray:
    """Image numbers of all members of a live node of the newest round, int64."""
    with store.read() as session:
        row = find_project(session, project)
        round_ = find_round(session, row.id, None)
        found = _live_node(session, row, round_, node)
    return read_arrays(store.project_folder(row.id).node(round_.number, found.key))["members"]


def answer(
    store: Store,
    project: ProjectLike,
    node: str,
    answer: Said,
    *,
    expert: str = "me",
    check: bool = False,
) -> AnswerView:
    """Stores an answer; it is committed when this returns.

    A split queues its clustering too, and so does a label with many marked as wrong, for which the
    worker looks for the rest of the cluster (`rounds.questions.rest`).

    `check`: it is a second look at an answer that was doubted (`doubtful`), and settles it.
    A later answer about the same node replaces the earlier one. Raises StateError while the round
    is being retrained with, NotFoundError for an unknown node, ValueError for an unknown class and
    for marked images that the card does not show.
    """
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "answer", "retrain", "cluster")
        round_ = _asking(session, row)
        target = _live_node(session, row, round_, node)
        _check(session, row, target, answer)
        stored = tree.append(
            session,
            Answer(
                project_id=row.id,
                round=round_.number,
                node_key=target.key,
                node=target.path,
                kind=answer.kind,
                label=answer.label,
                confidence=answer.confidence if answer.kind == "label" else 0.0,
                split=answer.split,
                wrong=list(answer.wrong),
                only=list(answer.only),
                checked=check,
                expert=expert.strip() or "me",
            ),
        )
        following = _following(session, row, round_, target, answer)
        if following is not None:
            about = {"round": round_.number, "node": target.key, "answer": stored.number}
            queue.enqueue(session, row.id, SplitPayload(**about, **following))
    return answer_view(stored)


def answers(store: Store, project: ProjectLike, round: int | None = None) -> list[AnswerView]:
    """The answers that stand, of one round or of all, oldest first."""
    with store.read() as session:
        row = find_project(session, project)
        query = select(Answer).where(Answer.project_id == row.id).order_by(Answer.number)
        given = list(session.scalars(query))
        merged = merged_labels(session, row.id)
    revoked = {a.revokes for a in given if a.kind == "revoke"}
    return [
        answer_view(a, merged)
        for a in given
        if a.kind != "revoke" and a.number not in revoked and round in (None, a.round)
    ]


def labelling(store: Store, project: ProjectLike) -> Labelling:
    """How far the newest round is; raises StateError when nothing was ever asked."""
    with store.read() as session:
        row = find_project(session, project)
        return labelling_of(session, row, find_round(session, row.id, None))


def answer_view(row: Answer, merged: MergedLabels = UNMERGED) -> AnswerView:
    """The record of a row, its label as the merges of classes have it."""
    return AnswerView(
        number=row.number,
        round=row.round,
        node=row.node,
        kind=row.kind,  # type: ignore[arg-type]
        label=None if row.label is None else merged.of(row.label),
        confidence=row.confidence,
        split=row.split,
        revokes=row.revokes,
        checked=row.checked,
        expert=row.expert,
        created_at=row.created_at,
        wrong=tuple(row.wrong or ()),
        only=tuple(row.only or ()),
    )


def _asking(session: Session, row: Project) -> Round:
    round_ = open_round(session, row.id)
    if round_ is None:
        raise StateError("there is no open round; train a method first")
    return round_


def _following(
    session: Session, row: Project, round_: Round, node: Node, said: Said
) -> dict[str, Any] | None:
    """What a worker has to do with the node after this answer, if anything."""
    if said.kind == "split":
        return {"split": said.split}
    if not has_rest(len(said.wrong)) or not RoundConfig.model_validate(round_.config).ask.rest:
        return None
    nodes = tree.nodes_of_round(session, row.id, round_.number)
    given = tree.standing(tree.of_round(session, row.id, round_.number))
    if tree.has_live_rest(node, nodes, given):
        return None  # made for the same marks, and perhaps answered
    return {"wrong": list(said.wrong)}


def _live_node(session: Session, row: Project, round_: Round, path: str) -> Node:
    standing = tree.standing(tree.of_round(session, row.id, round_.number))
    nodes = tree.nodes_of_round(session, row.id, round_.number)
    leaves = {node.path: node for node in tree.live_nodes(nodes, standing)}
    if path not in leaves:
        known = ", ".join(leaves)
        raise NotFoundError(
            f"there is no cluster {path!r} in this round; the clusters are: {known}"
        )
    return leaves[path]


def _check(session: Session, row: Project, node: Node, said: Said) -> None:
    if said.kind == "label":
        known = [c.label for c in live_classes(session, row.id)]
        names = class_names(session, row.id)
        if said.label in names and said.label not in known:
            raise ValueError(
                f"class {said.label} is merged into {names[said.label]!r}; answer with that one"
            )
        if said.label not in known:
            raise ValueError(f"label must be one of {known}, got {said.label}; add the class first")
        _check_marks(node, said)
    if said.kind == "split" and node.size < 3:
        raise StateError(f"cluster {node.path} has {node.size} images and cannot be split; skip it")


def _check_marks(node: Node, said: Said) -> None:
    """Raises ValueError for marks that are not on the card, or that leave nothing of it."""
    shown = tree.shown_on(node) if said.marks else []
    for name, images in (("wrong", said.wrong), ("only", said.only)):
        strangers = sorted(set(images) - set(shown))
        if strangers:
            raise ValueError(
                f"{name} must be images on the card of cluster {node.path} ({shown}), got"
                f" {strangers}"
            )
    if said.wrong and set(said.wrong) == set(shown):
        raise ValueError(
            f"wrong must leave an image of the card of cluster {node.path}, got all {len(shown)};"
            " skip or split it"
        )


def _card(
    folder: ProjectFolder, node: Node, answer: Answer | None, train: int, merged: MergedLabels
) -> Card:
    with np.load(folder.node(node.round, node.key), allow_pickle=False) as arrays:
        centre = arrays["image"] if "image" in arrays.files else None
    shown = node.card
    return Card(
        node=node.path,
        depth=node.path.count("."),
        size=node.size,
        share=node.size / train,
        spread=shown["spread"],
        impurity=shown["impurity"],
        centre=centre,
        medoid=shown["medoid"],
        near=tuple(shown["near"]),
        random=tuple(shown["random"]),
        far=tuple(shown["far"]),
        state=cast(CardState, _STATES[answer.kind] if answer else "open"),
        answer=answer_view(answer, merged) if answer else None,
        suggested=None if shown["suggested"] is None else merged.of(shown["suggested"]),
        agreement=shown["agreement"],
        known=shown.get("known", 0.0),
        again=shown.get("again", ""),
        why=shown.get("why", ""),
        gain=gain(node.size, shown),
    )


# A split card still on the list waits for its children.
_STATES = {"label": "labelled", "split": "splitting", "skip": "skipped"}


def _round_view(row: Round, answers: int, total: int) -> RoundView:
    return RoundView(
        number=row.number,
        state=row.state,  # type: ignore[arg-type]
        config=RoundConfig.model_validate(row.config),
        answers=answers,
        answers_total=total,
        metrics=row.metrics,
        seconds=row.seconds,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
