"""Answers that were asked again: in their own round, or on a new card of a later one."""

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.rounds.propagation import NO_LABEL, Correction
from labeller.store import answers as tree
from labeller.store.classes import MergedLabels
from labeller.store.schema import Answer, Node


def looks(given: Sequence[Answer]) -> dict[str, int]:
    """How often each node of a round was looked at: once, and each time that a doubt was settled.

    Another confidence, or a slip that was put right at once, is no second look.
    """
    checked = Counter(answer.node_key for answer in tree.not_revoked(given) if answer.checked)
    return {answer.node_key: 1 + checked[answer.node_key] for answer in given}


def settled(given: Sequence[Answer], merged: MergedLabels) -> set[str]:
    """The nodes of a round whose label two looks agree on, or that were looked at three times."""
    said = dict[str, list[int]]()
    for answer in tree.not_revoked(given):
        labels = said.setdefault(answer.node_key, [])
        label = NO_LABEL if answer.label is None else merged.of(answer.label)
        if answer.checked:
            labels.append(label)
        elif labels[-1:] != [label]:  # another confidence says nothing new
            said[answer.node_key] = [label]
    return {key for key, labels in said.items() if len(labels) > 2 or len({*labels}) < len(labels)}


def answered_again(
    session: Session, project_id: int, *, without: Collection[int] = ()
) -> list[tuple[int, Answer]]:
    """The answers on cards that ask an earlier answer again, each with the number of that one.

    As if the answers with the numbers `without` were taken back. Oldest first.
    """
    corrects = Node.card["corrects"].as_integer()
    query = select(Node).where(Node.project_id == project_id, corrects.is_not(None))
    nodes = list(session.scalars(query.order_by(Node.round, Node.id)))
    standing = {
        number: tree.standing(
            answer
            for answer in tree.not_revoked(tree.of_round(session, project_id, number))
            if answer.number not in without
        )
        for number in {node.round for node in nodes}
    }
    return [
        (node.card["corrects"], answer)
        for node in nodes
        if (answer := standing[node.round].get(node.key)) is not None
    ]


def corrections(
    session: Session, project_id: int, merged: MergedLabels, *, without: Collection[int] = ()
) -> list[Correction]:
    """The answers of earlier rounds that have another label since they were asked again.

    The answer about the newer card speaks for the older one too: another label says that it was a
    slip, a split that its cluster is no class. A skip, and images that are named alone, change
    nothing. As if the answers with the numbers `without` were taken back.
    """
    again = answered_again(session, project_id, without=without)
    query = select(Answer).where(
        Answer.project_id == project_id, Answer.number.in_([number for number, _ in again])
    )
    earlier = {answer.number: answer for answer in session.scalars(query)}
    found = []
    for number, answer in again:
        if number not in earlier or answer.kind == "skip" or answer.only:
            continue
        before, label = earlier[number].label, answer.label
        now = None if label is None else merged.of(label)
        if before is not None and merged.of(before) != now:
            wrong = np.array(earlier[number].wrong or [], np.int64)
            alone = label is not None and merged.alone(label)
            found.append(Correction(number, merged.of(before), now, wrong, alone))
    return found


def changed(session: Session, project_id: int, merged: MergedLabels) -> tuple[int, int]:
    """How many answers got another label when they were asked again, and how many were asked."""
    query = select(Answer).where(Answer.project_id == project_id).order_by(Answer.number)
    first, differ = dict[tuple[int, str], int | None](), list[bool]()
    for answer in tree.not_revoked(session.scalars(query)):
        card = answer.round, answer.node_key
        label = None if answer.label is None else merged.of(answer.label)
        if answer.checked and card in first:
            differ.append(label != first[card])
        first[card] = label
    later = answered_again(session, project_id)
    corrected = {one.answer for one in corrections(session, project_id, merged)}
    differ += [number in corrected for number, answer in later if answer.kind != "skip"]
    return sum(differ), len(differ)
