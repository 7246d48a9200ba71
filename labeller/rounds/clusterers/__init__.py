"""Step 3 of a round: group the points of a space. A split groups those of one node, likewise.

One file a clusterer. A clusterer of scikit-learn's kind needs no class: `register_clusterer`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from labeller.config import CHOOSE, ClusterConfig
from labeller.config.settings import settings_of_constructor
from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers.base import (
    NOISE,
    ROOM,
    SMALLEST_VARIANCE,
    TAKEN,
    Clusterer,
    Grouping,
    assignment_of,
    check_grouping,
    from_labels,
    register,
)
from labeller.rounds.points import checked_points, standardised

__all__ = [
    "NOISE",
    "ROOM",
    "Clusterer",
    "Clusters",
    "Grouping",
    "cluster",
    "clusterer_of",
    "from_labels",
    "one_cluster",
    "register",
    "register_clusterer",
]


@dataclass(frozen=True, eq=False)
class Clusters:
    """K non-empty clusters of N points, the largest first.

    centres (K, M) float32; responsibility (N, K) float32, rows sum to 1 (k-means: one-hot), or are
    0 for a point of no cluster; assignment (N,) int64 in [0, K), or -1 for a point of no cluster;
    precision (K, M, M) float32, the inverse covariances.
    """

    centres: np.ndarray
    responsibility: np.ndarray
    assignment: np.ndarray
    precision: np.ndarray

    @property
    def count(self) -> int:
        """The number of clusters, K."""
        return len(self.centres)

    @property
    def noise(self) -> int:
        """How many points belong to no cluster."""
        return int((self.assignment == NOISE).sum())


def clusterer_of(config: ClusterConfig) -> Clusterer:
    """The clusterer that the settings choose; raises ValueError for a wrong name or value."""
    found: Clusterer = ROOM.make(config.algorithm, config.own)
    return found


def cluster(
    points: np.ndarray,
    config: ClusterConfig,
    *,
    seed: int = 0,
    parts: bool = False,
    report: Report = silent,
) -> Clusters:
    """Groups points (N, M) into at most `config.clusters` clusters; the same seed, the same groups.

    Clusters without members are dropped, so that no question is asked about nothing; there are
    fewer clusters than asked when points repeat. `parts`: the points are one cluster that a person
    wants split.

    Measured on 60,000 MNIST images, 10 and 30 clusters, one of 2 busy cores: k-means 0.2 and 0.4 s,
    mixture 0.6 and 3.6 s in a 10-d UMAP; 0.7 and 2.2 s, 4.2 and 18 s in 20 PCA components. With
    BLAS on both cores the mixture took 15 and 57 s, and 152 s.

    Raises ValueError when points are not finite or not (N, M), or fewer than the clusters, and for
    an unknown algorithm.
    """
    points = checked_points(points, "points")
    chosen = clusterer_of(config)
    count = len(points)
    if chosen.takes_count and not 2 <= config.clusters <= count:
        hint = "; cluster_counts suggests a number" if config.clusters == CHOOSE else ""
        raise ValueError(
            f"clusters must be between 2 and {count} (the number of images), got"
            f" {config.clusters}{hint}"
        )
    if count < 2:
        raise ValueError(f"there must be at least 2 images to group, got {count}")
    # More clusters than distinct points would only make empty ones.
    wanted = min(config.clusters, len(np.unique(points, axis=0)))
    scaled, middle, spread = standardised(points)
    fit = chosen.split if parts else chosen.fit
    # The matrices are thin: on two threads BLAS mostly waits, and far longer on a busy machine.
    # One thread also gives the same sums whatever the number of cores.
    with threadpool_limits(1):
        found = fit(scaled, wanted, seed=seed, report=report)
    check_grouping(found, scaled, chosen.name)
    centres = found.centres * spread + middle
    return _ordered(Grouping(centres, found.responsibility, found.precision / spread**2))


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


def register_clusterer(
    estimator: Callable[..., Any], *, name: str, title: str, **fixed: Any
) -> type[Clusterer]:
    """Registers a class of scikit-learn's ClusterMixin kind; returns the clusterer.

    Its settings are those arguments of the constructor that are numbers, words or truth values,
    less `fixed` ones, which are always passed so, and those that are called as a setting of every
    clusterer is (scikit-learn's `algorithm`). It is told the number of clusters where it takes
    `n_clusters`, and the seed where it takes `random_state`; the label -1 is noise.
    """
    if not hasattr(estimator, "fit_predict"):
        raise ValueError(f"a clusterer must have fit_predict, got {estimator.__name__} without it")
    config, arguments = settings_of_constructor(estimator, fixed, {*TAKEN, "n_clusters"})
    takes_count, seeded = "n_clusters" in arguments, "random_state" in arguments

    def fit(
        self: Clusterer,
        points: np.ndarray,
        clusters: int,
        *,
        seed: int = 0,
        report: Report = silent,
    ) -> Grouping:
        report(Progress("cluster", 0, 1, self.title))
        given = {**self.config.model_dump(), **fixed}
        given |= {"random_state": seed} if seeded else {}
        given |= {"n_clusters": clusters} if takes_count else {}
        labels = np.asarray(estimator(**given).fit_predict(points)).astype(np.int64)
        report(Progress("cluster", 1, 1, self.title))
        return from_labels(points, labels if labels.max() >= 0 else np.zeros_like(labels))

    fields = {"name": name, "title": title, "Config": config, "fit": fit}
    fields |= {"takes_count": takes_count, "__doc__": estimator.__doc__}
    return register(type(estimator.__name__, (Clusterer,), fields))


def _ordered(found: Grouping) -> Clusters:
    """Drops clusters that are no point's most likely one, and sorts the rest by size."""
    assignment = assignment_of(found)
    sizes = np.bincount(assignment[assignment >= 0], minlength=len(found.centres))
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    kept = found.responsibility[:, order]
    total = kept.sum(axis=1, keepdims=True)
    kept = kept / np.where(total > 0, total, 1)
    return Clusters(
        centres=found.centres[order].astype(np.float32),
        responsibility=kept.astype(np.float32),
        assignment=assignment_of(Grouping(found.centres, kept, found.precision)),
        precision=found.precision[order].astype(np.float32),
    )
