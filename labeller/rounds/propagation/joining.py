"""What the statements of several rounds about each image say together."""

from collections.abc import Callable, Sequence

import numpy as np

from labeller.rounds.propagation.base import Propagation


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
    lengths = sorted({len(said.labels) for said in statements})
    if len(lengths) > 1:
        raise ValueError(f"all rounds must have the same number of images, got {lengths}")
    highest = max(int(said.labels.max(initial=-1)) for said in statements)
    if highest >= classes:
        raise ValueError(f"labels must be below {classes} (the number of classes), got {highest}")
    if len(statements) == 1:
        return statements[0]
    statements = _undenied(statements)
    labels = np.stack([said.labels for said in statements])
    weights = np.stack([said.weights for said in statements]).astype(np.float64)
    weights[labels < 0] = -1.0
    # The last of the greatest: argmax takes the first, so the rounds are reversed.
    winner = len(labels) - 1 - weights[::-1].argmax(axis=0)
    columns = np.arange(len(winner))
    odds = _odds(labels, weights)
    share = odds[winner, columns] / (1.0 + odds.sum(axis=0))
    return Propagation(
        labels=labels[winner, columns],
        weights=share.astype(np.float32),
        source=np.stack([said.source for said in statements])[winner, columns],
        distance=np.stack([said.distance for said in statements])[winner, columns],
        looked=np.stack([said.looked for said in statements])[winner, columns],
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
    lengths = sorted({len(said.labels) for said in statements})
    if len(lengths) != 1:
        raise ValueError(f"all rounds must have the same number of images, got {lengths}")
    result = Propagation.empty(lengths[0])
    for said in _undenied(statements):
        known = said.labels >= 0
        known &= said.looked | ~result.looked | (said.weights > result.weights)
        for name in ("labels", "weights", "source", "distance", "looked"):
            getattr(result, name)[known] = getattr(said, name)[known]
    result.denied[:] = _denied(statements)
    return result


def _undenied(statements: Sequence[Propagation]) -> list[Propagation]:
    """The statements without the labels that another of them denies.

    A denial comes from a look at the image itself: it stands against all that was said before, and
    against what is said later of the image's whole cluster.
    """
    kept = []
    for place, said in enumerate(statements):
        gone = np.zeros(len(said.labels), bool)
        for other, one in enumerate(statements):
            if other != place:
                denies = (said.labels >= 0) & (one.denied == said.labels)
                gone |= denies if other > place else denies & ~said.looked
        kept.append(said.without(gone) if gone.any() else said)
    return kept


def _denied(statements: Sequence[Propagation]) -> np.ndarray:
    """The class (N,) int64 that each image was denied last, -1 none."""
    denied = np.array(statements[0].denied)
    for said in statements[1:]:
        denied = np.where(said.denied >= 0, said.denied, denied)
    return denied


def _odds(labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """e / (1 - e) of each statement (R, N); 0 where another one says the same with more weight."""
    certain = np.clip(weights, 0.0, 1.0 - 1e-12)
    odds = certain / (1.0 - certain)
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
