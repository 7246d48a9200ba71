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
    result = Propagation.empty(count)
    owners = np.zeros(count, np.int32)
    for node in nodes:
        _check(node, count)
        distance = np.asarray(getattr(node, config.distance), np.float32)
        result.labels[node.members] = node.label
        result.weights[node.members] = node.confidence * _decay(node, distance, config)
        result.source[node.members] = node.answer
        result.distance[node.members] = distance
        owners[node.members] += 1
    if (owners > 1).any():
        raise ValueError(
            f"nodes must not share images, got {int((owners > 1).sum())} images in more than one"
        )
    return result


def combine(earlier: Propagation, now: Propagation, classes: int) -> Propagation:
    """The evidence of earlier rounds and of this one, as one label and weight an image.

    A weight w for a class is read as "with w it is this class, with 1 - w nothing is known", and
    two such statements are joined by Dempster's rule. Equal labels strengthen each other:
    w = 1 - (1 - w1)(1 - w2). Different labels weaken each other: class 1 keeps
    w1 (1 - w2) / (1 - w1 w2), class 2 keeps w2 (1 - w1) / (1 - w1 w2), and the greater wins; two
    certain but different answers leave 1/2. On a tie `now` wins, which saw the later latents.
    Source and distance follow the statement with the greater weight. The weights stay in [0, 1],
    and an image that only one of the two labels keeps that label and weight. The paper does not
    say how its five rounds are joined.

    Raises ValueError when the two differ in length or a label is not below `classes`.
    """
    if len(earlier.labels) != len(now.labels):
        raise ValueError(
            "both rounds must have the same number of images,"
            f" got {len(earlier.labels)} and {len(now.labels)}"
        )
    highest = max(earlier.labels.max(initial=-1), now.labels.max(initial=-1))
    if highest >= classes:
        raise ValueError(f"labels must be below {classes} (the number of classes), got {highest}")
    known_before, known_now = earlier.labels >= 0, now.labels >= 0
    before = np.where(known_before, earlier.weights, 0.0).astype(np.float64)
    after = np.where(known_now, now.weights, 0.0).astype(np.float64)
    take_now = known_now & ((after >= before) | ~known_before)
    agreed = 1.0 - (1.0 - before) * (1.0 - after)
    winner, loser = np.maximum(before, after), np.minimum(before, after)
    with np.errstate(invalid="ignore"):
        opposed = winner * (1.0 - loser) / (1.0 - winner * loser)
    opposed = np.where(loser >= 1.0, 0.5, opposed)
    contradiction = known_before & known_now & (earlier.labels != now.labels)
    weights = np.clip(np.where(contradiction, opposed, agreed), 0.0, 1.0)
    return Propagation(
        labels=np.where(take_now, now.labels, earlier.labels),
        weights=weights.astype(np.float32),
        source=np.where(take_now, now.source, earlier.source),
        distance=np.where(take_now, now.distance, earlier.distance),
    )


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


def _check(node: LabelledNode, count: int) -> None:
    if node.label < 0:
        raise ValueError(f"label must be 0 or more, got {node.label}")
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
