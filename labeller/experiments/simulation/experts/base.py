"""What every simulated expert is."""

from typing import Protocol

import numpy as np

from labeller.records import Card
from labeller.rounds.answer import Answer, CardView

# Smaller clusters and deeper splits are left alone: each part costs an answer of its own.
SMALLEST_SPLIT = 20
DEEPEST_SPLIT = 3
PARTS = 3


class Expert(Protocol):
    """Answers cards; the same card gets the same answer."""

    @property
    def name(self) -> str:
        """What `make_expert` calls it."""
        ...

    def answer(self, card: CardView, *, may_split: bool = True) -> Answer:
        """The answer to `card`; never a split when `may_split` is False."""
        ...


def decline(card: CardView, may_split: bool) -> Answer:
    """Not a class: split the cluster while that can help, else skip it."""
    if may_split and card.size >= SMALLEST_SPLIT and card.depth < DEEPEST_SPLIT:
        return Answer("split", split=PARTS)
    return Answer("skip")


def seen(card: Card, members: np.ndarray, *, look: int = 0) -> CardView:
    """What an expert sees of a card of the service; members (n,) int64 are all its images."""
    return CardView(
        centre=card.centre,
        medoid=card.medoid,
        near=np.array(card.near, dtype=np.int64),
        random=np.array(card.random, dtype=np.int64),
        far=np.array(card.far, dtype=np.int64),
        members=members,
        size=card.size,
        impurity=card.impurity,
        depth=card.depth,
        look=look,
    )
