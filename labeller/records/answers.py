"""What follows from answers: what undoing takes away, where a label is from, what they bought."""

from dataclasses import dataclass
from typing import Literal

from labeller.records.card import Answer


@dataclass(frozen=True)
class Undoing:
    """What taking back `answer` takes away.

    `followers` are the answers about the children of its split, which go with it; `revived` is an
    earlier answer about the same cluster that stands again. Numbers of images: `unlabelled` lose
    their label, `relabelled` get another one, `reweighed` keep theirs with another weight.
    `propagated`: what the round's propagation wrote goes too.
    """

    answer: Answer
    followers: tuple[Answer, ...]
    revived: Answer | None
    unlabelled: int
    relabelled: int
    reweighed: int
    propagated: bool


@dataclass(frozen=True)
class Evidence:
    """What one answer says about one image.

    `distance` is the image's from the centre of the answer's cluster, in the unit of its space,
    None where the label came along the graph of neighbours from another cluster; `weight` in
    [0, 1] is what this answer alone would give; `agrees`: it names the class that the image has;
    `decides`: it is the answer that the image's label comes from; `looked`: it was given to the
    image itself, on its card, and not only to the cluster.
    """

    answer: Answer
    name: str
    distance: float | None
    weight: float
    agrees: bool
    decides: bool
    looked: bool = False

    @property
    def reached(self) -> str:
        """How the answer came to the image, in words or as a distance."""
        if self.looked:
            return "on the card"
        return "along neighbours" if self.distance is None else f"{self.distance:.3g}"


@dataclass(frozen=True)
class Provenance:
    """Where the label of one image comes from.

    `label` is -1, and `name` empty, where no answer says anything; `weight` in [0, 1] joins all
    `evidence`, which is in the order of the rounds; `cluster` is the image's place in the newest
    round, None where that round does not ask about it. A held-out image (split `test`) never gets
    a label from answers, and neither does one that was set `aside`.
    """

    image: int
    path: str
    split: str
    label: int
    name: str
    weight: float
    cluster: str | None
    evidence: tuple[Evidence, ...]
    aside: bool = False


@dataclass(frozen=True)
class ImageLabel:
    """What is known of one image: `label` (-1 none) and its `weight` in [0, 1] by the answers.

    `looked`: somebody looked at the image itself; `aside`: it was set aside; `predicted` (-1: no
    classifier yet, or it has not seen the image) and `certainty` in [0, 1] of the classifier.
    """

    image: int
    path: str
    label: int
    weight: float
    looked: bool
    aside: bool
    predicted: int
    certainty: float


LITTLE = 0.003  # of accuracy, for the next answers: more asking is then hardly worth it


@dataclass(frozen=True)
class BudgetRound:
    """Accuracy in [0, 1] after so many answers; `low` and `high` end its interval, if estimated."""

    answers: int
    accuracy: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Budget:
    """What the answers bought: finished rounds, oldest first, and what the next are likely to.

    `rounds` are measured on the held-out images, or on the training images where none are held out;
    `measured_on` says which, or "audit" where no true labels are known and they are its estimates.
    `audited` are the audit's estimates beside measured rounds. `ahead` is None where the rounds do
    not say.
    """

    rounds: tuple[BudgetRound, ...]
    measured_on: Literal["test", "train", "audit"]
    ahead: BudgetRound | None
    audited: tuple[BudgetRound, ...] = ()

    @property
    def gain(self) -> float | None:
        """What the answers `ahead` are expected to add to the accuracy; None where unknown."""
        return self.ahead.accuracy - self.rounds[-1].accuracy if self.ahead else None

    @property
    def enough(self) -> bool:
        """Whether that is so little that the labels are as well exported."""
        return self.gain is not None and self.gain < LITTLE
