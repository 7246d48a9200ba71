"""What every simulated expert is, those who see true labels, and the mistakes any of them makes."""

import dataclasses
import hashlib
from typing import Protocol

import numpy as np

from labeller.rounds.answer import Answer, Card
from labeller.runtime import stream_seed

# Smaller clusters and deeper splits are left alone: each part costs an answer of its own.
SMALLEST_SPLIT = 20
DEEPEST_SPLIT = 3
PARTS = 3
# Below this two classes share a card about equally.
AGREEMENT = 0.6
# With marks, below this the rest of the cluster would mostly be wrong.
MOSTLY = 0.4


class Expert(Protocol):
    """Answers cards; the same card gets the same answer."""

    @property
    def name(self) -> str:
        """What `make_expert` calls it."""
        ...

    def answer(self, card: Card, *, may_split: bool = True) -> Answer:
        """The answer to `card`; never a split when `may_split` is False."""
        ...


class CardExpert:
    """Sees the true labels of exactly the images on the card.

    Answers their majority, with the share that agrees as confidence, and marks the other images on
    the card ("all but these"). Below `threshold` it names only the images of the majority, or
    without `marks` says "not a class". Unknown targets (-1) neither vote nor are marked; without
    any known, the answer is skip. `threshold` None: 0.4 with marks, 0.6 without.
    """

    name = "card"

    def __init__(
        self, targets: np.ndarray, threshold: float | None = None, *, marks: bool = True
    ) -> None:
        if threshold is None:
            threshold = MOSTLY if marks else AGREEMENT
        if not 0.0 <= threshold <= 1.0:
            raise ValueError(f"threshold must be between 0 and 1, got {threshold}")
        self.targets = np.asarray(targets, np.int64)
        self.threshold, self.marks = threshold, marks

    def answer(self, card: Card, *, may_split: bool = True) -> Answer:
        """The majority of the images shown; without marks perhaps a split, or skip."""
        shown = np.concatenate([[card.medoid], card.near, card.random, card.far]).astype(np.int64)
        vote = _majority(self.targets[shown])
        if vote is None:
            return Answer("skip")
        label, share = vote
        if not self.marks:
            if share < self.threshold:
                return decline(card, may_split)
            return Answer("label", label=label, confidence=share)
        seen = self.targets[shown]
        if share < self.threshold:
            return Answer("label", label=label, only=tuple(shown[seen == label]))
        wrong = tuple(shown[(seen >= 0) & (seen != label)])
        return Answer("label", label=label, confidence=share, wrong=wrong)


class OracleExpert:
    """Sees the true labels of all members and answers their majority: an upper bound.

    Confidence is the share of the majority; it never splits. Unknown targets (-1) do not vote.
    """

    name = "oracle"

    def __init__(self, targets: np.ndarray) -> None:
        self.targets = np.asarray(targets, np.int64)

    def answer(self, card: Card, *, may_split: bool = True) -> Answer:
        """The majority of all members, or skip when no target is known."""
        vote = _majority(self.targets[np.asarray(card.members, np.int64)])
        if vote is None:
            return Answer("skip")
        return Answer("label", label=vote[0], confidence=vote[1])


class NoisyExpert:
    """Answers as `expert`, but a label becomes another class with probability `error_rate`.

    The wrong class is drawn evenly from the others. Confidence p becomes p + `overconfidence`
    (1 - p), of right and wrong labels alike, so that it does not betray a mistake. Splits and
    skips stay as they are. What is drawn depends on the seed and on what the card shows: the same
    card gets the same answer, and another `card.look` is a new draw.

    Raises ValueError when a rate is outside [0, 1], or there are errors but fewer than 2 classes.
    """

    def __init__(
        self,
        expert: Expert,
        classes: int,
        *,
        error_rate: float = 0.0,
        overconfidence: float = 0.0,
        seed: int = 0,
    ) -> None:
        for name, value in (("error_rate", error_rate), ("overconfidence", overconfidence)):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{name} must be between 0 and 1, got {value}")
        if error_rate > 0 and classes < 2:
            raise ValueError(f"classes must be 2 or more for an expert who errs, got {classes}")
        self.expert, self.classes, self.seed = expert, classes, seed
        self.error_rate, self.overconfidence = error_rate, overconfidence

    @property
    def name(self) -> str:
        """The name of the expert who is wrapped."""
        return self.expert.name

    def answer(self, card: Card, *, may_split: bool = True) -> Answer:
        """The wrapped expert's answer, with its mistakes."""
        answer = self.expert.answer(card, may_split=may_split)
        if answer.kind != "label" or answer.label is None:
            return answer
        label = answer.label
        draws = np.random.default_rng(stream_seed(self.seed, f"noisy/{_fingerprint(card)}"))
        if draws.random() < self.error_rate:
            label = (label + int(draws.integers(1, self.classes))) % self.classes
        confidence = answer.confidence + self.overconfidence * (1.0 - answer.confidence)
        return dataclasses.replace(answer, label=label, confidence=confidence)


def decline(card: Card, may_split: bool) -> Answer:
    """Not a class: split the cluster while that can help, else skip it."""
    if may_split and card.size >= SMALLEST_SPLIT and card.depth < DEEPEST_SPLIT:
        return Answer("split", split=PARTS)
    return Answer("skip")


def _majority(targets: np.ndarray) -> tuple[int, float] | None:
    """The most frequent known target and its share; on a tie the smaller class."""
    votes = targets[targets >= 0]
    if not len(votes):
        return None
    counts = np.bincount(votes)
    label = int(counts.argmax())
    return label, float(counts[label] / len(votes))


def _fingerprint(card: Card) -> str:
    """What tells this look at this card from any other."""
    shown = [card.medoid, *card.near, *card.random, *card.far, card.size, card.depth, card.look]
    return hashlib.sha256(np.asarray(shown, np.int64).tobytes()).hexdigest()
