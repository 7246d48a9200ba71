"""Reads which answers of the round before are to be asked again (`rounds.questions.rechecks`)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.jobs.task import Task
from labeller.rounds.questions.rechecks import Said, reason, suspects
from labeller.store import answers as tree
from labeller.store.classes import merged_labels
from labeller.store.files import read_arrays
from labeller.store.schema import Node, ProjectClass, Round


@dataclass(frozen=True, eq=False)
class Recheck:
    """A cluster to ask about once more: its images (n,) int64, and why, for the person.

    `before`: what it was called; `absent`: the classes without a cluster, one of which it may be.
    """

    members: np.ndarray
    reason: str
    before: int
    absent: tuple[int, ...]


def rechecks(task: Task, number: int) -> list[Recheck]:
    """What round `number` is to ask again: suspects of the round before, if that asked about all.

    So each is asked again once at most: a class without any image does not keep the same questions
    coming.
    """
    if task.folder.crowd(number - 1).exists():
        return []
    with task.store.read() as session:
        query = select(Round).where(Round.project_id == task.project_id, Round.number == number - 1)
        before = session.scalar(query)
        if before is None:
            return []
        nodes, said, used = _said(session, before)
        merged = merged_labels(session, task.project_id)
        names = {
            row.label: row.name
            for row in session.scalars(
                select(ProjectClass).where(ProjectClass.project_id == task.project_id)
            )
        }
    classes = [label for label in names if merged.of(label) == label]
    missing = tuple(label for label in classes if label not in used)
    if not missing:
        return []
    labels, doubted = {one.key: one.label for one in said}, set(suspects(said, classes))
    return [
        Recheck(
            read_arrays(task.folder.node(before.number, node.key))["members"],
            reason(labels[node.key], missing, names),
            before=labels[node.key],
            absent=missing,
        )
        for node in nodes
        if node.key in doubted
    ]


def _said(session: Session, round_: Round) -> tuple[Sequence[Node], list[Said], set[int]]:
    """The round's live nodes, the labels that stand of them, and all labels used up to it."""
    project, number = round_.project_id, round_.number
    merged = merged_labels(session, project)
    standing = tree.standing(tree.of_round(session, project, number))
    nodes = tree.live_nodes(tree.nodes_of_round(session, project, number), standing)
    given = [
        answer
        for earlier in range(1, number + 1)
        for answer in tree.standing(tree.of_round(session, project, earlier)).values()
    ]
    said = [
        Said(node.key, merged.of(answer.label), node.size)
        for node in nodes
        for answer in [standing.get(node.key)]
        if answer is not None and answer.kind == "label" and answer.label is not None
    ]
    used = {merged.of(answer.label) for answer in given if answer.label is not None}
    return nodes, said, used
