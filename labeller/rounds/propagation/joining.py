"""What answers, marks on cards and several rounds say of each image, together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from labeller.rounds.propagation.base import NO_LABEL, Propagation


@dataclass(frozen=True, eq=False)
class Marks:
    """One answer with marks: what was looked at, image by image.

    answer: its id; label: the class, from 0; right (n,) int64: images of the class, which get it
    with `weight` in [0, 1]; distance (n,): theirs from the centre of the cluster; wrong (m,)
    int64: images that are not of it; denies: whether that still holds of the class (two classes
    that were merged since were perhaps told apart by the mark); looked: whether each of `right` was
    looked at: what is said of many at once changes none that was.
    """

    answer: int
    label: int
    weight: float
    right: np.ndarray
    distance: np.ndarray
    wrong: np.ndarray
    denies: bool = True
    looked: bool = True


def with_marks(propagation: Propagation, marks: Sequence[Marks]) -> Propagation:
    """The propagation of whichever rule, corrected by what was looked at.

    An image that was marked loses what this answer gave it, and the class that it is not, also
    where that came from another cluster along the graph.
    """
    result = propagation.copy() if marks else propagation
    for one in marks:
        images = one.wrong
        gone = result.source[images] == one.answer
        if one.denies:
            gone |= result.labels[images] == one.label
            result.denied[images] = one.label
        result.clear(images[gone])
        looked_at = result.looked[one.right] | (result.denied[one.right] == one.label)
        kept = one.looked | ~looked_at
        right = one.right[kept]
        result.labels[right], result.weights[right] = one.label, one.weight
        result.source[right], result.distance[right] = one.answer, one.distance[kept]
        result.looked[right] = one.looked
        result.denied[right[result.denied[right] == one.label]] = NO_LABEL  # until it was looked at
    return result


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


def corrected(propagation: Propagation, corrections: Sequence[Correction]) -> Propagation:
    """The propagation with the labels that its answers have now; weights stay."""
    mine = [one for one in corrections if (propagation.source == one.answer).any()]
    result = propagation.copy() if mine else propagation
    for one in mine:
        decided = result.source == one.answer
        denied = one.wrong[result.denied[one.wrong] == one.before]
        if one.label is None:
            result.clear(decided)
            result.denied[denied] = NO_LABEL
            continue
        result.labels[decided] = one.label
        result.denied[denied] = one.label if one.denies else NO_LABEL
        if one.denies:
            same = denied[result.labels[denied] == one.label]
            seen = result.looked[same]  # by somebody who called the image that
            result.clear(same[~seen])
            result.denied[same[seen]] = NO_LABEL
    return result


def combine(statements: Sequence[Propagation], classes: int) -> Propagation:
    """What several rounds, oldest first, say about each image, as one label and weight.

    A weight w for a class is read as "with w it is this class, with 1 - w nothing is known". The
    rounds are not independent: each network learned from the answers before, and clusters of one
    round are asked about again in the next. So equal labels do not add up: a class keeps the
    greatest weight e_k that any round gave it, however often it was said (the cautious rule of
    Denoeux 2008, "Conjunctive and disjunctive combination of belief functions induced by
    nondistinct bodies of evidence", for simple support functions). Different labels contradict
    each other and are joined by Dempster's rule, which gives, with the odds o_k = e_k / (1 - e_k),
    w = o_k / (1 + sum_j o_j).
    So the greatest weight wins, a certain statement stands against an uncertain one, and n certain
    but different ones leave 1/n. On a tie the later statement wins, which saw the later latents.
    Source and distance are those of the statement that wins. Else the order does not matter, and
    saying a thing twice changes nothing. The paper does not say how its five rounds are joined.
    A class that an image was looked at and is not is no longer said of it (`_undenied`).

    Raises ValueError without statements, when they differ in length, or when a label is not below
    `classes`.
    """
    if not statements:
        raise ValueError("statements must be at least one, got 0")
    _count(statements)
    highest = max(int(one.labels.max(initial=-1)) for one in statements)
    if highest >= classes:
        raise ValueError(f"labels must be below {classes} (the number of classes), got {highest}")
    if len(statements) == 1:
        return statements[0]
    statements = _undenied(statements)
    labels = np.stack([one.labels for one in statements])
    weights = np.stack([one.weights for one in statements]).astype(np.float64)
    weights[labels < 0] = -1.0
    # The last of the greatest: argmax takes the first, so the rounds are reversed.
    winner = len(labels) - 1 - weights[::-1].argmax(axis=0)
    columns = np.arange(len(winner))
    odds = _odds(labels, weights)
    share = odds[winner, columns] / (1.0 + odds.sum(axis=0))
    return Propagation(
        labels=labels[winner, columns],
        weights=share.astype(np.float32),
        source=np.stack([one.source for one in statements])[winner, columns],
        distance=np.stack([one.distance for one in statements])[winner, columns],
        looked=np.stack([one.looked for one in statements])[winner, columns],
        denied=_denied(statements),
    )


def overlay(statements: Sequence[Propagation]) -> Propagation:
    """What several rounds, oldest first, say about each image, where the latest one knows best.

    For rounds that ask ever smaller clusters of what is still uncertain: the later answer was
    given in knowledge of the earlier, about images more alike. An image that a round said nothing
    of keeps what was said before; so does one that was looked at itself, unless it was looked at
    again or the cluster's label has more weight. A class that an image was looked at and is not is
    no longer said of it (`_undenied`). Raises ValueError without statements, or when they differ
    in length.
    """
    result = Propagation.empty(_count(statements))
    for one in _undenied(statements):
        stands = one.labels >= 0
        stands &= one.looked | ~result.looked | (one.weights > result.weights)
        for name in ("labels", "weights", "source", "distance", "looked"):
            getattr(result, name)[stands] = getattr(one, name)[stands]
    result.denied[:] = _denied(statements)
    return result


def _count(statements: Sequence[Propagation]) -> int:
    """Of images; raises ValueError where the statements differ in it, and for no statement."""
    lengths = sorted({len(one.labels) for one in statements})
    if len(lengths) != 1:
        raise ValueError(f"all rounds must have the same number of images, got {lengths}")
    return lengths[0]


def _undenied(statements: Sequence[Propagation]) -> list[Propagation]:
    """The statements without the labels that another of them denies.

    A denial comes from a look at the image itself: it stands against all that was said before, and
    against what is said later of the image's whole cluster.
    """
    kept = []
    for place, one in enumerate(statements):
        gone = np.zeros(len(one.labels), bool)
        for other_place, other in enumerate(statements):
            if other_place != place:
                denies = (one.labels >= 0) & (other.denied == one.labels)
                gone |= denies if other_place > place else denies & ~one.looked
        kept.append(one.without(gone) if gone.any() else one)
    return kept


def _denied(statements: Sequence[Propagation]) -> np.ndarray:
    """The class (N,) int64 that each image was denied last, -1 none."""
    denied = np.array(statements[0].denied)
    for one in statements[1:]:
        denied = np.where(one.denied >= 0, one.denied, denied)
    return denied


def _odds(labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """e / (1 - e) of each statement (R, N); 0 where another one says the same with more weight."""
    certain = np.clip(weights, 0.0, 1.0 - 1e-12)
    odds: np.ndarray = certain / (1.0 - certain)
    for this in range(len(labels)):
        for other in range(len(labels)):
            more = weights[other] > weights[this]
            if other > this:
                more = more | (weights[other] == weights[this])
            odds[this][more & (labels[other] == labels[this])] = 0.0
    return odds


# How several rounds are joined: (statements, oldest first, number of classes) -> one.
JOINS: dict[str, Callable[[Sequence[Propagation], int], Propagation]] = {
    "strongest": combine,
    "latest": lambda statements, classes: overlay(statements),
}
