"""Step 5 of a round: what an expert sees of a cluster, and what they say about it."""

import math
import operator
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

Kind = Literal["label", "split", "skip"]
KINDS: tuple[str, ...] = get_args(Kind)
MOST_SPLITS = 50


@dataclass(frozen=True)
class Answer:
    """One answer about one cluster.

    `label`: the cluster is class `label` (from 0), `confidence` in [0, 1] sure (p_c of the paper).
    With `wrong`, "all but these": image numbers from the card that are not of the class; every
    other image on the card was looked at and is. With `only`, "only these": the label goes to
    these images of the card and to nothing else of the cluster. Both are kept sorted, none twice.
    `split`: not a class; cluster the members again into `split` (2 to 50) sub-clusters.
    `skip`: no answer. Confidence means nothing for the last two.

    Raises ValueError for anything else, and for a label or images on an answer that gives none.
    """

    kind: Kind
    label: int | None = None
    confidence: float = 1.0
    split: int | None = None
    wrong: tuple[int, ...] = ()
    only: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"answer must be one of {', '.join(KINDS)}, got {self.kind}")
        # A frozen record is put in order once, here: numpy numbers become plain ones.
        object.__setattr__(self, "label", self._number("label", "label", 0, None))
        object.__setattr__(self, "split", self._number("split", "split", 2, MOST_SPLITS))
        object.__setattr__(self, "confidence", _probability(self.confidence))
        object.__setattr__(self, "wrong", self._images("wrong"))
        object.__setattr__(self, "only", self._images("only"))
        if self.wrong and self.only:
            raise ValueError("give the wrong images of a card or the only right ones, not both")

    @property
    def marks(self) -> int:
        """How many images of the card were clicked."""
        return len(self.wrong) + len(self.only)

    def _number(self, field: str, kind: str, low: int, high: int | None) -> int | None:
        value = getattr(self, field)
        if self.kind != kind:
            if value is not None:
                raise ValueError(f"{field} must be left out of a {self.kind} answer, got {value}")
            return None
        rule = f"{low} or more" if high is None else f"between {low} and {high}"
        try:
            number = operator.index(value)
        except TypeError:
            raise ValueError(f"{field} must be a whole number, {rule}, got {value}") from None
        if isinstance(value, bool) or number < low or (high is not None and number > high):
            raise ValueError(f"{field} must be a whole number, {rule}, got {value}")
        return number

    def _images(self, field: str) -> tuple[int, ...]:
        value = getattr(self, field)
        try:
            numbers = {operator.index(one) for one in value}
        except TypeError:
            raise ValueError(f"{field} must be image numbers, 0 or more, got {value}") from None
        if any(isinstance(one, bool) for one in value) or min(numbers, default=0) < 0:
            raise ValueError(f"{field} must be image numbers, 0 or more, got {value}")
        if numbers and self.kind != "label":
            raise ValueError(f"{field} must be left out of a {self.kind} answer, got {value}")
        return tuple(sorted(numbers))


def share_unmarked(shown: Collection[int], wrong: Collection[int]) -> float:
    """How sure "all but these" is where nobody says: the share of the card that is not marked."""
    marked = set(wrong)
    return sum(image not in marked for image in shown) / max(1, len(shown))


@dataclass(frozen=True, eq=False)
class CardView:
    """The card of one cluster, as an expert sees it.

    centre: the decoded centre, uint8 (H, W, C), or None where the method cannot decode;
    medoid: the image nearest to the middle of the members; near, random, far: the other images on
    the card; members: all images of the cluster (only `oracle` may look); all of these count in
    the whole data set, int64. size: number of members; impurity: hint in [0, 1] that classes are
    mixed; depth: how many splits lie above this cluster; look: how often the expert has answered
    this card before, 1 when it is shown again to be checked.
    """

    centre: np.ndarray | None
    medoid: int
    near: np.ndarray
    random: np.ndarray
    far: np.ndarray
    members: np.ndarray
    size: int
    impurity: float
    depth: int = 0
    look: int = 0


def _probability(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"confidence must be between 0 and 1, got {value}")
    return number
