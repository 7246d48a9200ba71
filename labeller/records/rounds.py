"""A round as a person meets it: its cards, its answers, and what they would do to the images."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd

from labeller.config import RoundConfig

CardState = Literal["open", "labelled", "split", "splitting", "skipped"]


@dataclass(frozen=True)
class RoundView:
    """One round; `metrics` is filled when its answers were propagated and retrained with.

    Keys of `metrics`, each absent while unknown: `coverage`, `propagated_accuracy`,
    `test_accuracy`, all in [0, 1].
    """

    number: int
    state: Literal["asking", "finished"]
    config: RoundConfig
    answers: int
    answers_total: int
    metrics: dict[str, float]
    seconds: dict[str, float]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class AnswerView:
    """One answer as stored; `number` counts the answers of a project from 1.

    `label` is the class that the answer counts for now: where the class that was said is merged
    into another one, that other one. `wrong`: images on the card that the label does not hold for;
    `only`: those on the card that it is for, and nothing else of the cluster.
    """

    number: int
    round: int
    node: str
    kind: Literal["label", "split", "skip", "revoke"]
    label: int | None
    confidence: float
    split: int | None
    revokes: int | None
    checked: bool
    expert: str
    created_at: datetime
    wrong: tuple[int, ...] = ()
    only: tuple[int, ...] = ()


@dataclass(frozen=True)
class Card:
    """One question: a cluster, its centre decoded to an image, and members to judge it by.

    `node` is the path of the cluster in the tree of splits (`3`, `3.1`); image numbers index the
    project's images; `impurity` in [0, 1] warns of mixed clusters without knowing any label;
    `suggested` is the class that the present classifier gives to most members (None: no
    classifier yet), and `agreement` the share of members that it gives it to; `known` in [0, 1]
    is the mean weight that the members' labels have from earlier rounds, or how sure the student
    is of them; `again` says why a cluster of an earlier round is asked about once more, if it is,
    and `why`, a sentence of the policy, why this one is asked. `taken`: how many of its images are
    its rest (`3.rest`, what lies with the images marked as wrong) and were answered as that. Cards
    come with the greatest `gain` first, see `rounds.questions.order`.
    """

    node: str
    depth: int
    size: int
    share: float
    spread: float
    impurity: float
    centre: np.ndarray | None
    medoid: int
    near: tuple[int, ...]
    random: tuple[int, ...]
    far: tuple[int, ...]
    state: CardState
    answer: AnswerView | None
    suggested: int | None = None
    agreement: float = 0.0
    known: float = 0.0
    again: str = ""
    why: str = ""
    gain: float = 0.0
    taken: int = 0

    @property
    def shown(self) -> tuple[int, ...]:
        """The images on the card."""
        return (self.medoid, *self.near, *self.random, *self.far)


@dataclass(frozen=True)
class DoubtView:
    """An answer to ask again: `probability` in [0, 1] that `label` is wrong, `instead` what else.

    `reason` is a sentence for the person.
    """

    node: str
    label: int
    instead: int
    probability: float
    reason: str


@dataclass(frozen=True)
class Labelling:
    """How far the open round is: cards, and the images that they stand for.

    `noise` counts images that the clustering left out: they have no card in this round.
    """

    round: int
    cards: int
    open: int
    labelled: int
    skipped: int
    images: int
    images_labelled: int
    images_skipped: int
    answers: int
    answers_total: int
    noise: int = 0


@dataclass(frozen=True)
class Preview:
    """What propagation does with the answers: arrays over all images, and summaries of them.

    `labels` (N,) int64 with -1 for none; `weights` (N,) in [0, 1]; `source` (N,) number of the
    deciding answer or -1; `looked` (N,) bool: the answer was given to the image itself;
    `balance` has one row per class (label, name, images, weight);
    `by_answer` a row an answer (number, node, name, confidence, images, weight);
    `lowest` are the labelled images with the smallest weights, smallest first.
    """

    labels: np.ndarray
    weights: np.ndarray
    source: np.ndarray
    distance: np.ndarray
    looked: np.ndarray
    coverage: float
    effective: float
    balance: pd.DataFrame
    by_answer: pd.DataFrame
    lowest: np.ndarray
