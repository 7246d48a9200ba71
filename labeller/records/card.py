"""A question and what is said of it: the card of a cluster, and the answer of an expert."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, get_args

import numpy as np

from labeller.records.numbers import image_numbers, whole_number

Kind = Literal["label", "split", "skip", "exclude"]
CardState = Literal["open", "labelled", "split", "splitting", "skipped"]
KINDS: tuple[str, ...] = get_args(Kind)
MOST_SPLITS = 50
# The state of a card by the answer about it. A split card still on the list waits for its children.
STATES: dict[str, CardState] = {"label": "labelled", "split": "splitting", "skip": "skipped"}


@dataclass(frozen=True)
class Answer:
    """One answer about one cluster.

    `label`: the cluster is class `label` (from 0), `confidence` in [0, 1] sure (p_c of the paper).
    With `wrong`, "all but these": image numbers from the card that are not of the class; every
    other image on the card was looked at and is. With `only`, "only these": the label goes to
    these images of the card and to nothing else of the cluster. Both are kept sorted, none twice.
    `split`: not a class; cluster the members again into `split` (2 to 50) sub-clusters.
    `skip`: no answer. Confidence means nothing for the last two.

    An answer may also be about `size` images that were selected, on the page that `node` then names
    (size None: about a card): a label for each, or `exclude`: set aside, without a label, neither
    taught nor asked about.

    The rest is known of an answer that is stored: its `number` counts those of a project from 1,
    and `label` is the class that the one that was said counts as, where classes were merged.
    `checked`: a second look, which settles a doubt about the answer before it.

    Raises ValueError for anything else, and for a label or images on an answer that gives none.
    """

    kind: Kind
    label: int | None = None
    confidence: float = 1.0
    split: int | None = None
    wrong: tuple[int, ...] = ()
    only: tuple[int, ...] = ()
    number: int = 0
    round: int = 0
    node: str = ""
    checked: bool = False
    expert: str = "me"
    created_at: datetime | None = None
    size: int | None = None

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
    def about(self) -> str:
        """What it is about, in words."""
        if self.size is None:
            return f"cluster {self.node}"
        images = f"{self.size:,} image{'s' * (self.size != 1)}"
        return f"{images} selected on {self.node}"

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
        return whole_number(field, value, low, high)

    def _images(self, field: str) -> tuple[int, ...]:
        value = getattr(self, field)
        numbers = image_numbers(field, value)
        if numbers and self.kind != "label":
            raise ValueError(f"{field} must be left out of a {self.kind} answer, got {value}")
        return tuple(numbers)


@dataclass(frozen=True, eq=False, kw_only=True)
class Card:
    """One question: a cluster, its centre decoded to an image, and members to judge it by.

    `node` is the path of the cluster in the tree of splits (`3`, `3.1`), `depth` how many splits
    lie above it; `size` the number of members, `members` (n,) int64 their numbers, which index the
    project's images as all image numbers do (of the experts only the oracle may look at all).
    `centre` uint8 (H, W, C), None where the method cannot decode; on the card: `medoid`, the image
    nearest to the middle, and `near`, `random`, `far`. `share` in [0, 1] of the training images.

    `impurity` in [0, 1] warns of mixed clusters without knowing any label, and `mixed` says by it,
    and by the answers so far, which share of the images is something else than most; `suggested`
    is the class that the present classifier gives to most members (None: no classifier yet), and
    `agreement` the share of members that it gives it to; `known` in [0, 1] is the mean weight that
    the members' labels have from earlier rounds, or how sure the student is of them; `again` says
    why a cluster of an earlier round is asked about once more, if it is, and `why`, a sentence of
    the policy, why this one is asked. Cards come with the greatest `gain` first, see
    `rounds.questions.order`.

    `voices`: what each person who answered said of it; `answer` is what counts of that. `disputed`:
    they differ, and nobody has settled it; `counts`: the answer that counts, also where a person is
    shown their own (`seen_by`).

    `taken`: how many of its images are its rest (`3.rest`, what lies with the images marked as
    wrong) and were answered as that. `look`: how often a simulated expert has answered it before.
    """

    medoid: int
    near: tuple[int, ...]
    random: tuple[int, ...]
    far: tuple[int, ...]
    size: int
    impurity: float
    mixed: float = 0.0
    node: str = ""
    depth: int = 0
    share: float = 0.0
    spread: float = 0.0
    centre: np.ndarray | None = None
    members: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    state: CardState = "open"
    answer: Answer | None = None
    suggested: int | None = None
    agreement: float = 0.0
    known: float = 0.0
    again: str = ""
    why: str = ""
    gain: float = 0.0
    taken: int = 0
    look: int = 0
    voices: tuple[Answer, ...] = ()
    disputed: bool = False
    counts: Answer | None = None

    def seen_by(self, expert: str, people: int) -> "Card":
        """The card as that person meets it: with their own answer, where they gave one.

        Else with the answer that counts, unless fewer than `people` have answered: then it is open
        for this person, who is not told what others said.
        """
        if self.state in ("open", "splitting"):
            return self
        mine = next((answer for answer in self.voices if answer.expert == expert), None)
        if mine is None and len(self.voices) < people:
            return replace(self, answer=None, state="open", voices=(), disputed=False, counts=None)
        if mine is None or mine.kind == "split":  # one that does not count has no parts to wait for
            return self
        return replace(self, answer=mine, state=STATES[mine.kind])

    @property
    def shown(self) -> tuple[int, ...]:
        """The images on the card."""
        return (self.medoid, *self.near, *self.random, *self.far)

    def share_unmarked(self, wrong: Collection[int]) -> float:
        """How sure "all but these" is where nobody says: the share of the card not marked."""
        return sum(image not in wrong for image in self.shown) / len(self.shown)


def _probability(value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"confidence must be between 0 and 1, got {value}")
    return number
