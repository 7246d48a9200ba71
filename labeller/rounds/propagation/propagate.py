"""Step 6 of a round: from answers about centres to a label and a weight for every image.

numpy only and vectorised, because the Review page calls it at each move of a slider.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeller.config import PropagateConfig

NO_LABEL = -1
NO_ANSWER = -1


@dataclass(frozen=True, eq=False)
class LabelledNode:
    """A cluster with its answer.

    answer: the answer's id; label: the class, from 0; confidence: p_c in [0, 1];
    members (n,) int64: images; euclidean, mahalanobis (n,): distances from the centre;
    posterior (n,) in [0, 1]: probability that the member belongs to this cluster.
    """

    answer: int
    label: int
    confidence: float
    members: np.ndarray
    euclidean: np.ndarray
    mahalanobis: np.ndarray
    posterior: np.ndarray


@dataclass(frozen=True, eq=False)
class Propagation:
    """What the answers say about each of N images.

    labels (N,) int64, -1 none; weights (N,) float32 in [0, 1], 0 where there is no label;
    source (N,) int64, the answer's id, -1 none; distance (N,) float32 from the centre of the
    source's cluster, in the unit of its space, NaN none.
    """

    labels: np.ndarray
    weights: np.ndarray
    source: np.ndarray
    distance: np.ndarray

    @classmethod
    def empty(cls, count: int) -> "Propagation":
        """No label for any of `count` images."""
        return cls(
            np.full(count, NO_LABEL, np.int64),
            np.zeros(count, np.float32),
            np.full(count, NO_ANSWER, np.int64),
            np.full(count, np.nan, np.float32),
        )

    def among(self, images: np.ndarray) -> "Propagation":
        """The same about `images` (n,) int64, and nothing about any other."""
        result = Propagation.empty(len(self.labels))
        for name, values in vars(self).items():
            getattr(result, name)[images] = values[images]
        return result

    @property
    def coverage(self) -> float:
        """Share of the images that have a label, in [0, 1]."""
        return float(np.mean(self.labels >= 0)) if len(self.labels) else 0.0


def propagate(count: int, nodes: Sequence[LabelledNode], config: PropagateConfig) -> Propagation:
    """Gives each member of each node the node's label, with a weight (paper, section 3.3).

    w = p_c f(d), with f = exp(-a d) (exponential, Eq. 2), exp(-a d^2) (gaussian, Eq. 3), the
    mixture's posterior, or 1 (uniform). With `config.scaled`, which the paper has not, d is
    divided by the median d of the node's members. `count` is the number of images.

    Raises ValueError for a member outside [0, count), for arrays of a node that differ in length,
    for a label or confidence out of range, and for nodes that share an image: an image has one
    open cluster, since a split replaces the node by its children.
    """
    check_nodes(nodes, count)
    result = Propagation.empty(count)
    for node in nodes:
        distance = np.asarray(getattr(node, config.distance), np.float32)
        result.labels[node.members] = node.label
        result.weights[node.members] = node.confidence * _decay(node, distance, config)
        result.source[node.members] = node.answer
        result.distance[node.members] = distance
    return result


def check_nodes(nodes: Sequence[LabelledNode], count: int, *, lowest: int = 0) -> None:
    """Raises ValueError for nodes that `propagate` refuses; labels start at `lowest`."""
    owners = np.zeros(count, np.int32)
    for node in nodes:
        _check(node, count, lowest)
        owners[node.members] += 1
    if (owners > 1).any():
        raise ValueError(
            f"nodes must not share images, got {int((owners > 1).sum())} images in more than one"
        )


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
    )


def overlay(statements: Sequence[Propagation]) -> Propagation:
    """What several rounds, oldest first, say about each image, where the latest one knows best.

    For rounds that ask ever smaller clusters of what is still uncertain: the later answer was
    given in knowledge of the earlier, about images more alike. An image that a round said nothing
    of keeps what was said before. Raises ValueError without statements, or when they differ in
    length.
    """
    lengths = sorted({len(said.labels) for said in statements})
    if len(lengths) != 1:
        raise ValueError(f"all rounds must have the same number of images, got {lengths}")
    result = Propagation.empty(lengths[0])
    for said in statements:
        known = said.labels >= 0
        for name in ("labels", "weights", "source", "distance"):
            getattr(result, name)[known] = getattr(said, name)[known]
    return result


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


def _decay(node: LabelledNode, distance: np.ndarray, config: PropagateConfig) -> np.ndarray:
    """f(d) of each member, float32 in [0, 1]."""
    if config.decay == "uniform":
        return np.ones(len(distance), np.float32)
    if config.decay == "posterior":
        return np.clip(node.posterior, 0.0, 1.0)
    if config.scaled:
        distance = distance / _typical(distance)
    if config.decay == "gaussian":
        distance = distance * distance
    return np.exp(-config.a * distance)


def _typical(distance: np.ndarray) -> float:
    """The median; the mean when most members lie on the centre, and 1 when all do."""
    if not len(distance):
        return 1.0
    return float(np.median(distance)) or float(distance.mean()) or 1.0


def _check(node: LabelledNode, count: int, lowest: int) -> None:
    if node.label < lowest:
        raise ValueError(f"label must be {lowest} or more, got {node.label}")
    if not 0.0 <= node.confidence <= 1.0:
        raise ValueError(f"confidence must be between 0 and 1, got {node.confidence}")
    lengths = [
        len(array) for array in (node.members, node.euclidean, node.mahalanobis, node.posterior)
    ]
    if len(set(lengths)) > 1:
        raise ValueError(
            "members, euclidean, mahalanobis and posterior must have the same length,"
            f" got {lengths}"
        )
    if lengths[0] and (node.members.min() < 0 or node.members.max() >= count):
        raise ValueError(
            f"members must be between 0 and {count - 1} (the number of images less one), got"
            f" {node.members.min()} to {node.members.max()}"
        )
