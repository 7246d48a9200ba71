"""What an answer says of single images on its card, laid over what a rule says of clusters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeller.rounds.propagation.base import Propagation


@dataclass(frozen=True, eq=False)
class Marks:
    """One answer with marks: what was looked at, image by image.

    answer: its id; label: the class, from 0; right (n,) int64: images of the class, which get it
    with `weight` in [0, 1]; distance (n,): theirs from the centre of the cluster; wrong (m,)
    int64: images that are not of it; denies: whether that still holds of the class (two classes
    that were merged since were perhaps told apart by the mark).
    """

    answer: int
    label: int
    weight: float
    right: np.ndarray
    distance: np.ndarray
    wrong: np.ndarray
    denies: bool = True


def with_marks(found: Propagation, marks: Sequence[Marks]) -> Propagation:
    """`found`, corrected by what was looked at; whichever rule made it.

    An image that was marked loses what this answer gave it, and the class that it is not, also
    where that came from another cluster along the graph.
    """
    if not marks:
        return found
    found = found.without(np.zeros(len(found.labels), bool))
    for one in marks:
        images = one.wrong
        gone = found.source[images] == one.answer
        if one.denies:
            gone |= found.labels[images] == one.label
            found.denied[images] = one.label
        drop = np.zeros(len(found.labels), bool)
        drop[images[gone]] = True
        found = found.without(drop)
        found.labels[one.right], found.weights[one.right] = one.label, one.weight
        found.source[one.right], found.distance[one.right] = one.answer, one.distance
        found.looked[one.right] = True
    return found
