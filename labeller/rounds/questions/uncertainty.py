"""What the student is unsure of, and so where the next questions pay."""

from collections.abc import Mapping, Sequence

import numpy as np

from labeller.config import EmbedConfig
from labeller.events import Report, silent
from labeller.rounds.graph import find_neighbours
from labeller.rounds.spaces import embed

DIMENSIONS, NEIGHBOURS = 20, 15
OF_NEIGHBOURS = 0.5  # what a neighbourhood of another class adds to the uncertainty


def uncertainty(
    belief: np.ndarray,
    predictions: np.ndarray,
    certainty: np.ndarray,
    disagreement: np.ndarray,
) -> np.ndarray:
    """How unsure the student is of each image, (N,) float32 in [0, 1].

    1 - its belief (N, K) in the class that it would say now, `predictions` (N,), plus half the
    `disagreement` (N,) of the image's neighbours, at most 1. An image that it never saw in
    training, whose belief is all 0, counts with its `certainty` (N,) instead.
    """
    believed = belief[np.arange(len(belief)), predictions]
    believed = np.where(belief.sum(axis=1) > 0, believed, certainty)
    unsure = 1.0 - believed + OF_NEIGHBOURS * disagreement
    return np.clip(unsure, 0.0, 1.0).astype(np.float32)


def disagreement(
    features: np.ndarray, predictions: np.ndarray, *, report: Report = silent
) -> np.ndarray:
    """The share (n,) of each image's nearest neighbours that are predicted to be another class.

    features (n, F), of which the first 20 principal components count; predictions (n,) int64.
    """
    space = embed(features, EmbedConfig(space="pca", dimensions=DIMENSIONS), report=report)
    nearest = find_neighbours(space, NEIGHBOURS + 1, report=report).indices
    return disagreement_among(nearest, predictions)


def disagreement_among(nearest: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """The same share (n,) of neighbours that are known, `nearest` (n, k) with the image itself."""
    disagreeing = (predictions[nearest] != predictions[:, None]).sum(1)
    shares: np.ndarray = disagreeing / max(1, nearest.shape[1] - 1)
    return shares


def unanswered(count: int, weights: Sequence[np.ndarray]) -> np.ndarray:
    """1 less the greatest weight (N,) that answers gave each of `count` images.

    `weights` are those of answers that the student has not learnt from. There are some when a
    round is opened on the same network again.
    """
    left = np.ones(count, np.float32)
    for answered in weights:
        left = np.minimum(left, 1 - answered)
    return left


def merged_belief(belief: np.ndarray, final: Mapping[int, int]) -> np.ndarray:
    """Belief (N, K) in which a merged class counts as the one that it is merged into, `final`."""
    belief = belief.copy()
    for label, target in final.items():
        if label < belief.shape[1] and target < belief.shape[1]:
            belief[:, target] += belief[:, label]
            belief[:, label] = 0
    return belief
