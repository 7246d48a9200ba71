"""What answers said that have another label since they were asked again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeller.rounds.propagation.base import NO_LABEL, Propagation


@dataclass(frozen=True, eq=False)
class Correction:
    """An answer with another label than it was given.

    answer: its id; before: the class that it named, from 0; label: that which it has now, None: it
    has none; wrong (n,) int64: the images that were marked on its card as not of its class;
    denies: whether that tells them from `label` (two classes that were merged since were perhaps
    told apart by the mark).
    """

    answer: int
    before: int
    label: int | None
    wrong: np.ndarray
    denies: bool = True


def corrected(said: Propagation, corrections: Sequence[Correction]) -> Propagation:
    """`said`, with the labels that its answers have now; weights stay."""
    mine = [one for one in corrections if (said.source == one.answer).any()]
    if not mine:
        return said
    found = said.without(np.zeros(len(said.labels), bool))
    for one in mine:
        decided = found.source == one.answer
        denied = one.wrong[found.denied[one.wrong] == one.before]
        if one.label is None:
            found = found.without(decided)
            found.denied[denied] = NO_LABEL
            continue
        found.labels[decided] = one.label
        found.denied[denied] = one.label if one.denies else NO_LABEL
        if one.denies:
            gone = np.zeros(len(said.labels), bool)
            gone[denied[found.labels[denied] == one.label]] = True
            found = found.without(gone)
    return found
