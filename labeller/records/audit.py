"""The audit: random images that a person labelled, and what they say of the labels."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class AuditView:
    """The audit: `images` drawn at random in the order of drawing, and what was said of them.

    `said` has an image's class, or None where the person could not tell, what was said last at the
    end; `next` is the first image without either, None when all are done; `newest` the one said
    last, which undo takes back. The audit may be enlarged up to `largest` images.
    """

    images: tuple[int, ...]
    said: dict[int, int | None]
    next: int | None
    newest: int | None
    largest: int
    drawn_at: datetime

    @property
    def labelled(self) -> int:
        """How many images have a class."""
        return sum(label is not None for label in self.said.values())

    @property
    def skipped(self) -> int:
        """How many images the person could not tell."""
        return len(self.said) - self.labelled


@dataclass(frozen=True)
class AuditEstimate:
    """How many labels are right, estimated from `asked` random images; shares in [0, 1].

    `what`: "labels" are those that the answers give by propagation, "classifier" those that the
    trained network gives. `low` and `high` are the ends of the 95 % Wilson interval. `without`
    counts labelled images of the audit for which there is no label to compare with.
    """

    what: Literal["labels", "classifier"]
    right: int
    asked: int
    low: float
    high: float
    without: int = 0
    # The finished round whose classifier it is, and the answers given until then.
    round: int | None = None
    answers: int | None = None

    @property
    def accuracy(self) -> float:
        """The share of right labels among those compared."""
        return self.right / self.asked


@dataclass(frozen=True)
class AuditReport:
    """Estimates of the present labels, of the classifier of each finished round, and advice.

    `more` is the number of answers that the next point of accuracy is likely to cost, None where
    no number can be named; `advice` says it in words.
    """

    now: tuple[AuditEstimate, ...]
    rounds: tuple[AuditEstimate, ...]
    more: int | None
    advice: str
