"""A project and its classes, as the list of projects shows them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from labeller.config import RoundConfig
from labeller.records.imported import ImportReport

ProjectState = Literal["importing", "import failed", "ready", "asking"]
Page = Literal["projects", "train", "label", "review", "audit", "compare", "results", "export"]


@dataclass(frozen=True)
class ClassView:
    """One class of a project; `label` is its number in every array and never changes.

    `merged_into` is the label of the class that it was merged into; None: it stands by itself.
    """

    label: int
    name: str
    merged_into: int | None = None


@dataclass(frozen=True)
class NextStep:
    """What the project waits for: the page that does it, and a sentence for the person."""

    page: Page
    text: str


@dataclass(frozen=True)
class EncoderChoice:
    """The encoder that an import chose from the images; `scores` by what was measured of them."""

    encoder: str
    reason: str
    scores: dict[str, float]


@dataclass(frozen=True)
class ProjectView:
    """A project as the list of projects shows it; sizes are 0 until its images are imported.

    `classes` are those that can be answered with: a class merged into another is not among them.
    `report` says what the import found, took and left out, None before it is done, and `added` the
    same of images that came later; `notes` are sentences about what the import decided.
    `encoder_choice` is None where the encoder was named, and in projects from before there was a
    choice; `config.encode` is what the project has now.
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
    report: ImportReport | None
    added: tuple[ImportReport, ...]
    notes: tuple[str, ...]
    round: int | None
    answers: int
    covered: float
    test_accuracy: float | None
    next_step: NextStep
    encoder_choice: EncoderChoice | None
    config: RoundConfig
