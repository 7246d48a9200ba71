"""Strategies that cover the pool: few images that all others lie near.

`prob_cover` (Yehuda et al. 2022) covers with balls, `max_herding` (Bae et al. 2024) with a Gaussian
kernel, `uncertainty_herding` (Bae et al. 2025) with that kernel and the weights of the student's
uncertainty. scikit-activeml has the first two with all distances at once. All compare at most MOST
images with each other, those drawn anew for each batch.
"""

import numpy as np

from labeller.experiments.label_efficiency.strategies.candidates import (
    Candidates,
    normalised,
    shortlist,
    unit,
)

MOST = 6000  # images: their kernel has 144 MB
PURE = 0.95  # share of balls that lie in one cluster, of the ProbCover paper
FIRST_RADIUS = 1.0  # of points of length 1, while fewer than two have a label; both papers


def prob_cover(
    candidates: Candidates, count: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Rows (count,), each whose ball of radius delta holds the most images that none covers yet.

    delta is the largest at which 95 % of the balls hold images of one cluster only, of k-means
    with as many clusters as classes. A ball is pure up to its distance to the nearest image of
    another cluster, so delta is a quantile of those distances.
    """
    from sklearn.cluster import KMeans
    from sklearn.neighbors import radius_neighbors_graph

    rows = shortlist(candidates, MOST, random_state)
    part = candidates.at(rows)
    clusters = min(candidates.classes, len(rows))
    means = KMeans(clusters, n_init=3, random_state=random_state)
    delta = _pure_radius(part.latents, means.fit_predict(part.latents))
    balls = radius_neighbors_graph(part.latents, delta, include_self=True).astype(bool)
    uncovered = np.ones(len(rows), np.int64)
    for row in part.asked:
        uncovered[balls[row].indices] = 0
    left = part.open
    chosen = []
    for _ in range(count):
        gains = (balls @ uncovered)[left]
        place = random_state.choice(np.flatnonzero(gains == gains.max()))
        chosen.append(left[place])
        uncovered[balls[left[place]].indices] = 0
        left = np.delete(left, place)
    return rows[chosen]


def max_herding(
    candidates: Candidates, count: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Rows (count,) that cover all images alike, with a kernel of fixed radius 1."""
    rows = shortlist(candidates, MOST, random_state)
    part = candidates.at(rows)
    return rows[_herd(part, count, np.ones(len(rows)), FIRST_RADIUS)]


def uncertainty_herding(
    candidates: Candidates, count: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Rows (count,) that cover the images the student is uncertain of.

    The uncertainty of an image is 1 - (p1 - p2), the margin of its two most probable classes; all
    are equal before there is a student. The radius is the distance of the two nearest images with a
    label (their section 3.2).
    """
    rows = shortlist(candidates, MOST, random_state)
    part = candidates.at(rows)
    uncertainty = np.ones(len(rows))
    if part.probabilities is not None:
        two = np.partition(normalised(part.probabilities), -2, axis=1)[:, -2:]
        uncertainty = 1 - (two[:, 1] - two[:, 0])
    return rows[_herd(part, count, uncertainty, _radius(part))]


def _herd(part: Candidates, count: int, weights: np.ndarray, radius: float) -> list[int]:
    """Greedily the images x with the largest sum_i weights_i max(k(x, i) - covered_i, 0).

    k(x, i) = exp(-|x - i|^2 / radius^2) of points of length 1; covered_i is the largest k(s, i) of
    all s that were asked about or chosen.
    """
    points = unit(part.latents).astype(np.float32)
    kernel = np.exp((points @ points.T - 1) * (2 / radius**2))
    covered = kernel[part.asked].max(axis=0, initial=0)
    weights = weights.astype(np.float32)
    gains = np.maximum(kernel - covered, 0) @ weights
    gains[part.asked] = -np.inf
    chosen: list[int] = []
    for _ in range(count):
        best = int(gains.argmax())
        chosen.append(best)
        # Only what the new image covers better changes anybody's gain: k(x, i) = k(i, x).
        moved = np.flatnonzero(kernel[best] > covered)
        rows, new = kernel[moved], kernel[best, moved]
        gains -= weights[moved] @ np.maximum(rows - covered[moved, None], 0)
        gains += weights[moved] @ np.maximum(rows - new[:, None], 0)
        gains[best] = -np.inf
        covered[moved] = new
    return chosen


def _radius(part: Candidates) -> float:
    """The smallest distance, above none, between images with a label."""
    from scipy.spatial.distance import pdist

    distances = pdist(unit(part.latents[part.asked]))
    distances = distances[distances > 1e-3]
    return float(distances.min(initial=FIRST_RADIUS))


def _pure_radius(points: np.ndarray, clusters: np.ndarray) -> float:
    """The radius up to which PURE of the balls around points (n, D) lie in one cluster."""
    from sklearn.neighbors import NearestNeighbors

    nearest = np.full(len(points), np.inf)
    for cluster in np.unique(clusters):
        own = clusters == cluster
        if own.all():
            break
        search = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(points[~own])
        nearest[own] = search.kneighbors(points[own])[0][:, 0]
    # So many balls may be impure: the radius ends just before the next would be.
    limit = np.sort(nearest)[int((1 - PURE) * len(points) + 1e-9)]
    return float(limit * (1 - 1e-6)) if np.isfinite(limit) else float(np.ptp(points, axis=0).sum())
