"""Answers of earlier rounds that a later round asks again, because a class is missing.

In a first round each cluster is a class, or a good part of one, and a wrong answer about it
mislabels thousands of images of which the student is then sure. It leaves a trace: its true class
has no cluster at all, while the class it was called has one too many.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select

from labeller.jobs.task import Task
from labeller.store import answers as tree
from labeller.store.classes import merged_labels
from labeller.store.files import read_arrays
from labeller.store.schema import ProjectClass, Round

LARGE = 0.5  # of the median size of a round's answered clusters


@dataclass(frozen=True, eq=False)
class Recheck:
    """A cluster to ask about once more: its images (n,) int64, and why, for the person.

    `before`: what it was called; `absent`: the classes without a cluster, one of which it may be.
    """

    members: np.ndarray
    reason: str
    before: int
    absent: tuple[int, ...]


@dataclass(frozen=True)
class Said:
    """A standing label: the node's key, its class with merges applied, and its size."""

    key: str
    label: int
    size: int


def suspects(said: Sequence[Said], classes: Sequence[int]) -> list[str]:
    """Keys of the large clusters whose class has more than one of them, if a class has none.

    classes: labels that the project knows. A cluster is large from half of the median size.
    """
    missing = set(classes) - {one.label for one in said}
    if not said or not missing:
        return []
    least = LARGE * float(np.median([one.size for one in said]))
    large = [one for one in said if one.size >= least]
    counts = {label: sum(one.label == label for one in large) for label in classes}
    return [one.key for one in large if counts.get(one.label, 0) > 1]


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
        names = {
            row.label: row.name
            for row in session.scalars(
                select(ProjectClass).where(ProjectClass.project_id == task.project_id)
            )
        }
        merged = merged_labels(session, task.project_id)
        standing = tree.standing(tree.of_round(session, task.project_id, before.number))
        nodes = tree.live_nodes(
            tree.nodes_of_round(session, task.project_id, before.number), standing
        )
        stand = [
            answer
            for earlier in range(1, number)
            for answer in tree.standing(tree.of_round(session, task.project_id, earlier)).values()
        ]
        used = {merged.of(answer.label) for answer in stand if answer.label is not None}
    said = [
        Said(node.key, merged.of(answer.label), node.size)
        for node in nodes
        for answer in [standing.get(node.key)]
        if answer is not None and answer.kind == "label" and answer.label is not None
    ]
    classes = [label for label in names if merged.of(label) == label]
    if not set(classes) - used:
        return []
    doubted = set(suspects(said, classes))
    labels = {one.key: one.label for one in said}
    missing = tuple(label for label in classes if label not in used)
    absent = ", ".join(names[label] for label in missing)
    return [
        Recheck(
            read_arrays(task.folder.node(before.number, node.key))["members"],
            f"Please check: you called this and another large group {names[labels[node.key]]}, and "
            f"no group {absent} yet.",
            before=labels[node.key],
            absent=missing,
        )
        for node in nodes
        if node.key in doubted
    ]
