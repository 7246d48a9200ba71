"""A round as a person meets it: how far it is, and what its answers would do to the images."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd

from labeller.config import RoundConfig
from labeller.records.card import Card
from labeller.records.jobs import JobView
from labeller.records.project import ProjectView

RoundState = Literal["asking", "finished"]


@dataclass(frozen=True)
class RoundView:
    """One round; `metrics` is filled when its answers were propagated and retrained with.

    Keys of `metrics`, each absent while unknown: `coverage`, `propagated_accuracy`,
    `test_accuracy`, all in [0, 1].
    """

    number: int
    state: RoundState
    config: RoundConfig
    answers: int
    answers_total: int
    metrics: dict[str, float]
    seconds: dict[str, float]
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class LabelIssueView:
    """An answer to ask again: `probability` in [0, 1] that `label` is wrong, `instead` what else.

    `reason` is a sentence for the person.
    """

    node: str
    label: int
    instead: int
    probability: float
    reason: str


@dataclass(frozen=True, eq=False)
class OpenRound:
    """A round as the Label page shows it, all of one moment.

    `cards` in the order of asking; `issues`: why an answer should be checked, by node; `order`:
    the nodes of the answers, oldest first; `jobs` of the project, newest first. `before` images
    had a label when the round began; `fresh`: the share of a node's images that had none; `newest`:
    the number of the last that was said, by anybody.
    """

    project: ProjectView
    cards: list[Card]
    fresh: dict[str, float]
    before: int
    issues: dict[str, str]
    order: list[str]
    jobs: list[JobView]
    newest: int = 0


@dataclass(frozen=True)
class Labelling:
    """How far the open round is: cards, and the images that they stand for.

    `images_labelled` of the `images` have a label by the answers of all rounds that stand,
    `images_before` of them had it when the round began; `answers` and `answers_total` are those
    of the round and of all rounds that were not taken back. `images_skipped` and the images of
    open cards are those without a label from an earlier round. `noise` counts images that the
    clustering left out: they have no card in this round.
    """

    round: int
    cards: int
    open: int
    labelled: int
    skipped: int
    images: int
    images_before: int
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
    `lowest` are the labelled images with the smallest weights, smallest first; `notes` say which
    answers are not in it, as files are damaged.
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
    notes: tuple[str, ...] = ()
