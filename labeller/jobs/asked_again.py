"""Finds the answers of earlier rounds that a round asks again.

Which they are is decided in `rounds.questions`: by a class that is missing (`rechecks`), or by what
was seen in other answers (`contradicted`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.jobs.model_files import compared
from labeller.jobs.task import Task
from labeller.rounds.propagation import NO_ANSWER
from labeller.rounds.questions.candidates import Candidates
from labeller.rounds.questions.contradicted import (
    NEIGHBOURS,
    SeenAnswer,
    contradicted,
    most_alike,
    worthwhile,
)
from labeller.rounds.questions.rechecks import LabelledNode, reason, suspects
from labeller.store import second_looks
from labeller.store.answers import labelled_images
from labeller.store.files import read_labels
from labeller.store.project_rows import ProjectRows
from labeller.store.second_looks import StandingLabel


@dataclass(frozen=True, eq=False)
class Recheck:
    """An answer to ask again: the images (n,) int64 that it decides, and why, for the person.

    `card`: what is shown of them, as on the card that was answered; None: others than on that.
    `corrects`: the number of the answer that is asked again; `before`: what it said; `absent`: the
    classes one of which it may be, so that such an answer settles it.
    """

    members: np.ndarray
    reason: str
    corrects: int
    before: int
    absent: tuple[int, ...]
    card: Mapping[str, Any] | None = None

    @property
    def shown(self) -> np.ndarray:
        """The images (n,) int64 that have to be on its card."""
        card = self.card
        if card is None:
            return np.zeros(0, np.int64)
        shown = [card["medoid"], *card["near"], *card["random"], *card["far"]]
        return np.array(shown, np.int64)


def asked_again(task: Task, model: int, number: int, config: RoundConfig) -> list[Recheck]:
    """What round `number` asks again of the rounds before; each answer once at most."""
    with task.store.read() as session:
        rows = ProjectRows(session, task.project, task.folder)
        before = [round_.number for round_ in rows.rounds if round_.number < number]
        given = list(second_looks.standing_labels(rows, before))
        # A card that nobody answered leaves the question open.
        known = {number for number, _ in second_looks.answered_again(rows)}
        merged, names = rows.merged, {row.label: row.name for row in rows.classes}
        most = worthwhile(*second_looks.changed(rows))
    decided = _decided(task, number)
    found = []
    if not task.folder.candidates(number - 1).exists():  # it asked about all images
        last = [one for one in given if one.node.round == number - 1]
        classes = [label for label in names if merged.of(label) == label]
        missing = tuple(set(classes) - {one.label for one in given})
        found += _of_missing_classes(last, missing, decided, names)
    if most and config.embed.of == "features":
        asked = known | {one.corrects for one in found}
        points = compared(task, model, config)
        found += _contradicted(given, asked, points, decided, names)[:most]
    return found


def shared_out(
    again: Sequence[Recheck], asked: Candidates, train: np.ndarray
) -> tuple[list[Recheck], Candidates]:
    """No image on two cards: a recheck has the images of its old card, and leaves all other
    candidates, which are asked about in smaller groups; so much for one that has no image left.

    Rechecks whose cards share images wait for a later round. train (n,) int64 are the numbers of
    the training images.
    """
    found, taken = [], np.zeros(0, np.int64)
    candidates = train[asked.rows]
    for recheck in again:
        members = np.union1d(np.setdiff1d(recheck.members, candidates), recheck.shown)
        if len(members) > 1 and not np.isin(recheck.shown, taken).any():
            members = np.setdiff1d(members, taken)
            found.append(replace(recheck, members=members))
            taken = np.union1d(taken, members)
    return found, asked.without(np.searchsorted(train, taken))


def _of_missing_classes(
    given: Sequence[StandingLabel],
    missing: tuple[int, ...],
    decided: np.ndarray,
    names: Mapping[int, str],
) -> list[Recheck]:
    """Suspects of a round of all images, as long as no answer names the classes `missing`."""
    cards = {one.node.key: one for one in given if not one.answer.only}
    said = [
        LabelledNode(key, one.label, one.node.size, marked=bool(one.answer.wrong))
        for key, one in cards.items()
    ]
    return [
        _recheck(decided, cards[key], reason(cards[key].label, missing, names), missing)
        for key in suspects(said, missing)
    ]


def _contradicted(
    given: Sequence[StandingLabel],
    asked: set[int],
    points: np.ndarray,
    decided: np.ndarray,
    names: Mapping[int, str],
) -> list[Recheck]:
    """The answers that what was seen in others contradicts."""
    if not given:
        return []
    images = [np.array(labelled_images(one.node, one.answer), np.int64) for one in given]
    pool = np.unique(np.concatenate(images))
    groups = [np.searchsorted(pool, own) for own in images]
    looked = [
        SeenAnswer(
            key=str(place),
            label=one.label,
            images=own,
            near=near,
            size=one.node.size,
            settled=one.settled or one.answer.number in asked,
        )
        for place, (one, own, near) in enumerate(
            zip(given, images, most_alike(points[pool], pool, groups, NEIGHBOURS), strict=True)
        )
    ]
    return [
        # Of the very images that were seen: of a mixed cluster others may well be another class.
        replace(_recheck(decided, one, issue.reason(names), (issue.instead,)), card=one.node.card)
        for issue in contradicted(looked)
        for one in [given[int(issue.key)]]
    ]


def _recheck(decided: np.ndarray, one: StandingLabel, why: str, absent: tuple[int, ...]) -> Recheck:
    members = np.flatnonzero(decided == one.answer.number)
    return Recheck(members, why, corrects=one.answer.number, before=one.label, absent=absent)


def _decided(task: Task, number: int) -> np.ndarray:
    """The number of the answer (N,) that decides each image before round `number`; none: -1."""
    for earlier in range(number - 1, 0, -1):
        path = task.folder.propagation(earlier)
        if path.exists():
            return read_labels(path, task.images.count)["source"]
    return np.full(task.images.count, NO_ANSWER)
