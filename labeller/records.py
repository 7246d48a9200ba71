"""What the service hands to pages and commands: frozen records, no torch, no open sessions."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd

from labeller.config import RoundConfig

JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
ProjectState = Literal["importing", "import failed", "ready", "asking"]
Page = Literal["projects", "train", "label", "review", "audit", "compare", "results", "export"]
CardState = Literal["open", "labelled", "split", "splitting", "skipped"]


@dataclass(frozen=True)
class ClassView:
    """One class of a project; `label` is its number in every array and never changes.

    `merged_into` is the label of the class that it was merged into; None: it stands by itself.
    """

    label: int
    name: str
    merged_into: int | None = None


@dataclass(frozen=True)
class JobView:
    """One row of the queue; `done` of `total` units of `stage` are finished."""

    id: int
    project: int | None
    kind: str
    state: JobState
    stage: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    notice: str = ""
    error: str = ""
    cancelling: bool = False
    attempts: int = 1
    arguments: dict[str, object] = field(default_factory=dict)
    result: dict[str, object] = field(default_factory=dict)
    device: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether the job waits or runs."""
        return self.state in ("queued", "running")

    @property
    def resumable(self) -> bool:
        """Whether `resume` would go on from the last checkpoint."""
        return self.state in ("failed", "cancelled", "interrupted")


@dataclass(frozen=True)
class NextStep:
    """What the project waits for: the page that does it, and a sentence for the person."""

    page: Page
    text: str


@dataclass(frozen=True)
class ProjectView:
    """A project as the list of projects shows it; sizes are 0 until its images are imported.

    `classes` are those that can be answered with: a class merged into another is not among them.
    """

    id: int
    name: str
    source: str
    preset: str
    created_at: datetime
    state: ProjectState
    count: int
    train: int
    test: int
    height: int
    width: int
    channels: int
    classes: tuple[ClassView, ...]
    has_targets: bool
    unreadable: tuple[tuple[str, str], ...]
    round: int | None
    answers: int
    covered: float
    test_accuracy: float | None
    next_step: NextStep
    config: RoundConfig


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
    into another one, that other one.
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


@dataclass(frozen=True)
class Card:
    """One question: a cluster, its centre decoded to an image, and members to judge it by.

    `node` is the path of the cluster in the tree of splits (`3`, `3.1`); image numbers index the
    project's images; `impurity` in [0, 1] warns of mixed clusters without knowing any label;
    `suggested` is the class that the present classifier gives to most members (None: no
    classifier yet), and `agreement` the share of members that it gives it to; `known` in [0, 1]
    is the mean weight that the members' labels have from earlier rounds, or how sure the student
    is of them; `again` says why a cluster of an earlier round is asked about once more, if it is.
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
    """How far the open round is: cards, and the images that they stand for."""

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


@dataclass(frozen=True)
class Preview:
    """What propagation does with the answers: arrays over all images, and summaries of them.

    `labels` (N,) int64 with -1 for none; `weights` (N,) in [0, 1]; `source` (N,) number of the
    deciding answer or -1; `balance` has a row a class (label, name, images, weight);
    `by_answer` a row an answer (number, node, name, confidence, images, weight);
    `lowest` are the labelled images with the smallest weights, smallest first.
    """

    labels: np.ndarray
    weights: np.ndarray
    source: np.ndarray
    distance: np.ndarray
    coverage: float
    effective: float
    balance: pd.DataFrame
    by_answer: pd.DataFrame
    lowest: np.ndarray


@dataclass(frozen=True)
class ComparisonView:
    """A comparison of methods on a project's images: `done` and `failed` of `total` runs.

    `config` is a `labeller.evaluation.plan.CompareConfig` as plain values; `errors` has a line a
    failed run; `job` is the newest job that worked on it. `broken` says why its record cannot be
    read; such a comparison has no runs and can only be deleted.
    """

    number: int
    name: str
    created_at: datetime
    config: dict[str, object]
    total: int
    done: int
    failed: int
    errors: tuple[tuple[str, str], ...]
    job: JobView | None
    broken: str = ""

    @property
    def running(self) -> bool:
        """Whether a job waits or works on it."""
        return self.job is not None and self.job.active

    @property
    def finished(self) -> bool:
        """Whether every run was measured."""
        return self.done == self.total
