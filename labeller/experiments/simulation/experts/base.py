"""What every simulated expert is."""

from typing import Protocol

from labeller.rounds.answer import Answer, Card

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

    def answer(self, card: Card, *, may_split: bool = True) -> Answer:
        """The answer to `card`; never a split when `may_split` is False."""
        ...


def decline(card: Card, may_split: bool) -> Answer:
    """Not a class: split the cluster while that can help, else skip it."""
    if may_split and card.size >= SMALLEST_SPLIT and card.depth < DEEPEST_SPLIT:
        return Answer("split", split=PARTS)
    return Answer("skip")
