"""Step 3 of a round: group the points of a space. A split groups those of one node, likewise.

One file a clusterer. A clusterer of scikit-learn's kind needs no class: `register_clusterer`.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from threadpoolctl import threadpool_limits

from labeller.config import CHOOSE, ClusterConfig
from labeller.config.settings import settings_of_constructor
from labeller.events import Progress, Report, silent
from labeller.registry import Room, Thing
from labeller.rounds.points import checked_points, standardised

# Added to each variance, in units of the mean variance of all points: keeps a cluster of equal
# points from having none, and lies far below the spread of an island.
SMALLEST_VARIANCE = 1e-4
NOISE = -1


@dataclass(frozen=True, eq=False)
class Grouping:
    """K clusters of N points (N, M), in any order; some may be empty.

    centres (K, M); responsibility (N, K) in [0, 1], rows sum to 1, or are all 0 for a point that
    belongs to no cluster; precision (K, M, M), the inverse covariances.
    """

    centres: np.ndarray
    responsibility: np.ndarray
    precision: np.ndarray


class Clusterer(Thing):
    """Groups points (N, M)."""

    takes_count: ClassVar[bool] = True  # False: it finds the number of clusters itself

    @abstractmethod
    def fit(
        self, points: np.ndarray, clusters: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """`clusters` groups of standardised points (N, M); the same seed, the same groups."""

    def split(
        self, points: np.ndarray, parts: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """The points (n, M) of one cluster in `parts` parts, for a person who saw it is mixed."""
        return self.fit(points, parts, seed=seed, report=report)

    def rough(
        self, points: np.ndarray, clusters: int, seed: int
    ) -> Callable[[np.ndarray], np.ndarray]:
        """A quick clustering of points (n, M), as a function that gives any points their cluster.

        Numbers of clusters are compared with it. By default points go with the nearest of those
        that were grouped.
        """
        from sklearn.neighbors import KNeighborsClassifier

        grouping = self.fit(points, clusters, seed=seed)
        model = KNeighborsClassifier(1).fit(points, assignment_of(grouping))
        predict: Callable[[np.ndarray], np.ndarray] = model.predict
        return predict


ROOM = Room[Clusterer](
    "labeller.rounds.clusterers",
    noun="algorithm",
    base=Clusterer,
    choice=ClusterConfig,
    setting="algorithm",
)
register, clusterer_of = ROOM.register, ROOM.chosen


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
        grouping = fit(scaled, wanted, seed=seed, report=report)
    check_grouping(grouping, scaled, chosen.name)
    centres = grouping.centres * spread + middle
    return _ordered(Grouping(centres, grouping.responsibility, grouping.precision / spread**2))


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
    config, arguments = settings_of_constructor(estimator, fixed, {*ROOM.taken, "n_clusters"})
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
        settings = {**self.config.model_dump(), **fixed}
        settings |= {"random_state": seed} if seeded else {}
        settings |= {"n_clusters": clusters} if takes_count else {}
        labels = np.asarray(estimator(**settings).fit_predict(points)).astype(np.int64)
        report(Progress("cluster", 1, 1, self.title))
        return from_labels(points, labels if labels.max() >= 0 else np.zeros_like(labels))

    fields = {"name": name, "title": title, "Config": config, "fit": fit}
    fields |= {"takes_count": takes_count, "__doc__": estimator.__doc__}
    return register(type(estimator.__name__, (Clusterer,), fields))


def _ordered(grouping: Grouping) -> Clusters:
    """Drops clusters that are no point's most likely one, and sorts the rest by size."""
    assignment = assignment_of(grouping)
    sizes = np.bincount(assignment[assignment >= 0], minlength=len(grouping.centres))
    order = np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
    kept = grouping.responsibility[:, order]
    total = kept.sum(axis=1, keepdims=True)
    kept = kept / np.where(total > 0, total, 1)
    return Clusters(
        centres=grouping.centres[order].astype(np.float32),
        responsibility=kept.astype(np.float32),
        assignment=assignment_of(Grouping(grouping.centres, kept, grouping.precision)),
        precision=grouping.precision[order].astype(np.float32),
    )


def check_grouping(grouping: Grouping, points: np.ndarray, name: str) -> None:
    """Raises ValueError for what is no grouping of points (N, M), naming the algorithm `name`."""
    count, size = points.shape
    if not isinstance(grouping, Grouping):
        raise ValueError(
            f"fit of {name} must return a Grouping (from_labels makes one), got {type(grouping)}"
        )
    clusters = len(grouping.centres)
    wanted = {
        "centres": (clusters, size),
        "responsibility": (count, clusters),
        "precision": (clusters, size, size),
    }
    for part, shape in wanted.items():
        actual = getattr(grouping, part).shape
        if actual != shape:
            raise ValueError(f"{part} of {name} must be of shape {shape}, got {actual}")
    if not grouping.responsibility.any():
        raise ValueError(f"{name} put no image into a cluster; choose other settings of it")


def assignment_of(grouping: Grouping) -> np.ndarray:
    """The most likely cluster of each point (N,) int64, -1 for one that belongs to none."""
    responsibility = grouping.responsibility
    return np.where(responsibility.any(axis=1), responsibility.argmax(axis=1), NOISE)


def from_labels(points: np.ndarray, labels: np.ndarray) -> Grouping:
    """The grouping of points (N, M) that have a cluster each: labels (N,) from 0, -1 for noise.

    Centres are the means of the members; a number that no point has is an empty cluster. Raises
    ValueError for labels that are no (N,) whole numbers.
    """
    labels = np.asarray(labels)
    if labels.shape != (len(points),) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be whole numbers of shape ({len(points)},), got {labels.dtype} of shape "
            f"{labels.shape}"
        )
    count = int(labels.max(initial=-1)) + 1
    responsibility = (labels[:, None] == np.arange(count)).astype(np.float32)
    sizes = np.maximum(responsibility.sum(axis=0), 1)[:, None]
    centres = (responsibility.T @ points) / sizes
    return Grouping(centres, responsibility, member_precision(points, labels, centres))


def member_precision(points: np.ndarray, assignment: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Inverse covariances (K, M, M) of the members of each cluster.

    Each covariance counts M further members with the round, pooled covariance of all clusters, so
    that a cluster of one or two images has one too.
    """
    size = points.shape[1]
    grouped = assignment >= 0
    away = points[grouped] - centres[assignment[grouped]]
    pooled = (float(np.mean(away**2)) if len(away) else 0.0) + SMALLEST_VARIANCE
    precision = np.empty((len(centres), size, size))
    for k in range(len(centres)):
        away = points[assignment == k] - centres[k]
        covariance = (away.T @ away + size * pooled * np.eye(size)) / (len(away) + size)
        precision[k] = np.linalg.inv(covariance)
    return precision
