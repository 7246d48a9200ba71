"""Experts who see the true labels of images and answer their majority."""

import numpy as np

from labeller.experiments.simulation.experts.base import decline
from labeller.rounds.answer import Answer, CardView

# Near members agree more than the cluster, far ones less; of a cluster that is 70 % pure, about
# two thirds of a card agree. Below 0.6 two classes share it about equally, and a label would be
# wrong for nearly half of its images.
AGREEMENT = 0.6


class CardExpert:
    """Sees the true labels of exactly the images on the card.

    Answers their majority, with the share that agrees as confidence; says "not a class" when the
    share is below `threshold`. Unknown targets (-1) do not vote; without any, the answer is skip.
    """

    name = "card"

    def __init__(self, targets: np.ndarray, threshold: float = AGREEMENT) -> None:
        if not 0.0 <= threshold <= 1.0:
            raise ValueError(f"threshold must be between 0 and 1, got {threshold}")
        self.targets = np.asarray(targets, np.int64)
        self.threshold = threshold

    def answer(self, card: CardView, *, may_split: bool = True) -> Answer:
        """The majority of the images shown, or a split, or skip."""
        shown = np.concatenate([[card.medoid], card.near, card.random, card.far]).astype(np.int64)
        vote = _majority(self.targets[shown])
        if vote is None:
            return Answer("skip")
        label, share = vote
        if share < self.threshold:
            return decline(card, may_split)
        return Answer("label", label=label, confidence=share)


class OracleExpert:
    """Sees the true labels of all members and answers their majority: an upper bound.

    Confidence is the share of the majority; it never splits. Unknown targets (-1) do not vote.
    """

    name = "oracle"

    def __init__(self, targets: np.ndarray) -> None:
        self.targets = np.asarray(targets, np.int64)

    def answer(self, card: CardView, *, may_split: bool = True) -> Answer:
        """The majority of all members, or skip when no target is known."""
        vote = _majority(self.targets[np.asarray(card.members, np.int64)])
        if vote is None:
            return Answer("skip")
        return Answer("label", label=vote[0], confidence=vote[1])


def _majority(targets: np.ndarray) -> tuple[int, float] | None:
    """The most frequent known target and its share; on a tie the smaller class."""
    known = targets[targets >= 0]
    if not len(known):
        return None
    counts = np.bincount(known)
    label = int(counts.argmax())
    return label, float(counts[label] / len(known))
