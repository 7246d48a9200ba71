"""Answers that were asked again: in their own round, or on a new card of a later one."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from labeller.rounds.propagation import NO_LABEL, Correction
from labeller.store.answers import not_revoked
from labeller.store.classes import MergedLabels
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Answer, Node


@dataclass(frozen=True, eq=False)
class StandingLabel:
    """A label that stands, with its card and its class, merges and corrections applied.

    `settled`: it was given twice, or names some images alone, so that few are at stake.
    """

    node: Node
    answer: Answer
    label: int
    settled: bool


def standing_labels(rows: ProjectRows, numbers: Iterable[int]) -> Iterator[StandingLabel]:
    """The labels that stand of live cards, round after round, in the order of asking."""
    since = {one.answer: one.label for one in corrections(rows)}
    for number in numbers:
        tree = rows.tree(number)
        twice = settled(tree.answers, rows.merged)
        for leaf in tree.leaves:
            node, answer = leaf.node, leaf.answer
            if answer is None or answer.kind != "label":
                continue
            label = since.get(answer.number, answer.label)
            if label is not None:
                # A card that asks an earlier answer again is a second look itself.
                done = node.key in twice or "corrects" in node.card or bool(answer.only)
                yield StandingLabel(node, answer, rows.merged.of(label), done)


def looks(given: Sequence[Answer]) -> dict[str, int]:
    """How often each node of a round was looked at: once, and each time that a doubt was settled.

    Another confidence, or a slip that was put right at once, is no second look.
    """
    checked = Counter(answer.node_key for answer in not_revoked(given) if answer.checked)
    return {answer.node_key: 1 + checked[answer.node_key] for answer in given}


def settled(given: Sequence[Answer], merged: MergedLabels) -> set[str]:
    """The nodes of a round whose label two looks agree on, or that were looked at three times."""
    looks = dict[str, list[int]]()
    for answer in not_revoked(given):
        labels = looks.setdefault(answer.node_key, [])
        label = NO_LABEL if answer.label is None else merged.of(answer.label)
        if answer.checked:
            labels.append(label)
        elif labels[-1:] != [label]:  # another confidence says nothing new
            looks[answer.node_key] = [label]
    return {key for key, labels in looks.items() if len(labels) > 2 or len({*labels}) < len(labels)}


def answered_again(rows: ProjectRows, *, without: Collection[int] = ()) -> list[tuple[int, Answer]]:
    """The answers on cards that ask an earlier answer again, each with the number of that one.

    As if the answers with the numbers `without` were taken back. Oldest first.
    """
    trees = {
        number: rows.tree(number, without=without) for number in {n.round for n in rows.rechecks}
    }
    return [
        (node.card["corrects"], answer)
        for node in rows.rechecks
        if (answer := trees[node.round].standing.get(node.key)) is not None
    ]


def corrections(rows: ProjectRows, *, without: Collection[int] = ()) -> list[Correction]:
    """The answers of earlier rounds that have another label since they were asked again.

    The answer about the newer card speaks for the older one too: another label says that it was a
    slip, a split that its cluster is no class. A skip, and images that are named alone, change
    nothing. As if the answers with the numbers `without` were taken back.
    """
    merged, earlier = rows.merged, {answer.number: answer for answer in rows.answers}
    corrected = []
    for number, answer in answered_again(rows, without=without):
        if number not in earlier or answer.kind == "skip" or answer.only:
            continue
        before, label = earlier[number].label, answer.label
        now = None if label is None else merged.of(label)
        if before is not None and merged.of(before) != now:
            wrong = np.array(earlier[number].wrong or [], np.int64)
            alone = label is not None and merged.alone(label)
            corrected.append(Correction(number, merged.of(before), now, wrong, alone))
    return corrected


def changed(rows: ProjectRows) -> tuple[int, int]:
    """How many answers got another label when they were asked again, and how many were asked."""
    first, differ = dict[tuple[int, str], int | None](), list[bool]()
    for answer in rows.given():
        card = answer.round, answer.node_key
        label = None if answer.label is None else rows.merged.of(answer.label)
        if answer.checked and card in first:
            differ.append(label != first[card])
        first[card] = label
    corrected = {one.answer for one in corrections(rows)}
    later = answered_again(rows)
    differ += [number in corrected for number, answer in later if answer.kind != "skip"]
    return sum(differ), len(differ)
