"""Step 3 of a round: group the points of a space, with k-means or a Gaussian mixture.

A split of a node calls the same function on the node's points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from labeller.config import CHOOSE, ClusterConfig
from labeller.events import Progress, Report, silent
from labeller.rounds.spaces.embed import checked_points

STARTS = 3
# A mixture's start is chosen on at most this many points, or 100 a cluster if that is more: the
# last fit, on all points, then starts near its end.
START_SAMPLE = 10_000
# Added to each variance of a mixture, in units of the mean variance of all points: keeps a
# component from shrinking onto a few equal points, and lies far below the spread of an island.
SMALLEST_VARIANCE = 1e-4

Model = TypeVar("Model")


@dataclass(frozen=True, eq=False)
class Clusters:
    """K non-empty clusters of N points, the largest first.

    centres (K, M) float32; responsibility (N, K) float32, rows sum to 1 (k-means: one-hot);
    assignment (N,) int64 in [0, K); precision (K, M, M) float32, the inverse covariances.
    """

    centres: np.ndarray
    responsibility: np.ndarray
    assignment: np.ndarray
    precision: np.ndarray

    @property
    def count(self) -> int:
        """The number of clusters, K."""
        return len(self.centres)


def cluster(
    points: np.ndarray, config: ClusterConfig, *, seed: int = 0, report: Report = silent
) -> Clusters:
    """Groups points (N, M) into at most `config.clusters` clusters; the same seed, the same groups.

    Clusters without members are dropped, so that no question is asked about nothing; there are
    fewer clusters than asked when points repeat.

    Measured on 60,000 MNIST images, 10 and 30 clusters, one of 2 busy cores: k-means 0.2 and 0.4 s,
    mixture 0.6 and 3.6 s in a 10-d UMAP; 0.7 and 2.2 s, 4.2 and 18 s in 20 PCA components. With
    BLAS on both cores the mixture took 15 and 57 s, and 152 s.

    Raises ValueError when points are not finite or not (N, M), or fewer than the clusters.
    """
    points = checked_points(points, "points")
    count = len(points)
    if not 2 <= config.clusters <= count:
        hint = "; cluster_counts suggests a number" if config.clusters == CHOOSE else ""
        raise ValueError(
            f"clusters must be between 2 and {count} (the number of images), got"
            f" {config.clusters}{hint}"
        )
    # More clusters than distinct points would only make empty ones.
    wanted = min(config.clusters, len(np.unique(points, axis=0)))
    scaled, middle, spread = standardised(points)
    fit = _kmeans if config.algorithm == "kmeans" else _mixture
    # The matrices are thin: on two threads BLAS mostly waits, and far longer on a busy machine.
    # One thread also gives the same sums whatever the number of cores.
    with threadpool_limits(1):
        centres, responsibility, precision = fit(scaled, wanted, config, seed, report)
    return _ordered(centres * spread + middle, responsibility, precision / spread**2)


def standardised(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Points (N, M) about their mean in units of the overall spread, the mean, and the spread.

    In these units a "small" variance has a meaning in every space.
    """
    middle = points.mean(axis=0, dtype=np.float64)
    spread = float(np.sqrt(np.var(points, axis=0, dtype=np.float64).mean())) or 1.0
    return (points - middle) / spread, middle, spread


def with_floor(fit: Callable[[float], Model]) -> Model:
    """`fit(floor)`, the floor of a mixture's variances raised while a covariance loses its rank."""
    floor = SMALLEST_VARIANCE
    while True:
        try:
            return fit(floor)
        except ValueError:  # scikit-learn: a covariance lost its rank in spite of the floor
            if floor > 0.1:
                raise
            floor *= 10


def one_cluster(points: np.ndarray) -> Clusters:
    """All points (n, M) as a single cluster."""
    middle = points.mean(axis=0, keepdims=True)
    spread = float(np.mean((points - middle) ** 2)) + SMALLEST_VARIANCE
    return Clusters(
        centres=middle.astype(np.float32),
        responsibility=np.ones((len(points), 1), np.float32),
        assignment=np.zeros(len(points), np.int64),
        precision=(np.eye(points.shape[1], dtype=np.float32) / spread)[None],
    )


def _ordered(centres: np.ndarray, responsibility: np.ndarray, precision: np.ndarray) -> Clusters:
    """Drops clusters that are no point's most likely one, and sorts the rest by size."""
    sizes = np.bincount(responsibility.argmax(axis=1), minlength=len(centres))
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    kept = responsibility[:, order]
    kept = kept / kept.sum(axis=1, keepdims=True)
    return Clusters(
        centres=centres[order].astype(np.float32),
        responsibility=kept.astype(np.float32),
        assignment=kept.argmax(axis=1).astype(np.int64),
        precision=precision[order].astype(np.float32),
    )


def _kmeans(
    points: np.ndarray, clusters: int, config: ClusterConfig, seed: int, report: Report
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    report(Progress("cluster", 0, 1, "k-means"))
    model = KMeans(clusters, n_init=STARTS, random_state=seed).fit(points)
    assignment = model.labels_
    responsibility = np.zeros((len(points), clusters), np.float32)
    responsibility[np.arange(len(points)), assignment] = 1
    precision = _member_precision(points, assignment, model.cluster_centers_)
    report(Progress("cluster", 1, 1, "k-means"))
    return model.cluster_centers_, responsibility, precision


def _member_precision(
    points: np.ndarray, assignment: np.ndarray, centres: np.ndarray
) -> np.ndarray:
    """Inverse covariances (K, M, M) of the members of each cluster.

    Each covariance counts M further members with the round, pooled covariance of all clusters, so
    that a cluster of one or two images has one too.
    """
    size = points.shape[1]
    pooled = float(np.mean((points - centres[assignment]) ** 2)) + SMALLEST_VARIANCE
    precision = np.empty((len(centres), size, size))
    for k in range(len(centres)):
        away = points[assignment == k] - centres[k]
        covariance = (away.T @ away + size * pooled * np.eye(size)) / (len(away) + size)
        precision[k] = np.linalg.inv(covariance)
    return precision


def _mixture(
    points: np.ndarray, clusters: int, config: ClusterConfig, seed: int, report: Report
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A Gaussian mixture, started from the best of several k-means on a sample."""
    model = with_floor(
        lambda floor: _best_mixture(points, clusters, config.covariance, floor, seed, report)
    )
    precision = _full(model.precisions_, config.covariance, clusters, points.shape[1])
    return model.means_, model.predict_proba(points), precision


def _best_mixture(
    points: np.ndarray, clusters: int, covariance: str, floor: float, seed: int, report: Report
) -> GaussianMixture:
    draws = np.random.default_rng(seed)
    sample = points
    limit = max(START_SAMPLE, 100 * clusters)
    if len(points) > limit:
        sample = points[np.sort(draws.choice(len(points), limit, replace=False))]
    options = {"covariance_type": covariance, "reg_covar": floor, "max_iter": 200}
    best: GaussianMixture | None = None
    for start in range(STARTS):
        report(Progress("cluster", start, STARTS + 1, "Gaussian mixture, choosing a start"))
        state = int(draws.integers(2**31))
        model = GaussianMixture(clusters, random_state=state, **options).fit(sample)
        if best is None or model.lower_bound_ > best.lower_bound_:
            best = model
    assert best is not None
    if sample is not points:
        report(Progress("cluster", STARTS, STARTS + 1, "Gaussian mixture, all points"))
        best = GaussianMixture(
            clusters,
            weights_init=best.weights_ / best.weights_.sum(),
            means_init=best.means_,
            precisions_init=best.precisions_,
            **options,
        ).fit(points)
    report(Progress("cluster", STARTS + 1, STARTS + 1, "Gaussian mixture"))
    return best


def _full(precision: np.ndarray, covariance: str, clusters: int, size: int) -> np.ndarray:
    """scikit-learn's precisions of any covariance type as matrices (K, M, M)."""
    if covariance == "full":
        return precision
    if covariance == "tied":
        return np.broadcast_to(precision, (clusters, size, size))
    if covariance == "diag":
        return precision[:, :, None] * np.eye(size)
    return precision[:, None, None] * np.eye(size)
