"""Experts who see the true labels of images and answer their majority."""

import numpy as np

from labeller.experiments.simulation.experts.base import decline
from labeller.rounds.answer import Answer, Card

# Below this two classes share a card about equally.
AGREEMENT = 0.6
# With marks, below this the rest of the cluster would mostly be wrong.
MOSTLY = 0.4


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


def _majority(targets: np.ndarray) -> tuple[int, float] | None:
    """The most frequent known target and its share; on a tie the smaller class."""
    votes = targets[targets >= 0]
    if not len(votes):
        return None
    counts = np.bincount(votes)
    label = int(counts.argmax())
    return label, float(counts[label] / len(votes))
