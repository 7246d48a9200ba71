"""The contract of a clusterer, and the room of the registry in which clusterers stand."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from labeller.config import ClusterConfig, Settings
from labeller.events import Report, silent
from labeller.registry import Room

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


class Clusterer(ABC):
    """Groups points (N, M). A subclass has a `name`, a `title`, a pydantic `Config` and `fit`.

    scikit-learn is imported inside the functions: the web server reads this room.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    takes_count: ClassVar[bool] = True  # False: it finds the number of clusters itself

    class Config(Settings):
        """Settings of a clusterer; each field has a description and bounds."""

    def __init__(self, config: Any) -> None:
        self.config = config

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

        found = self.fit(points, clusters, seed=seed)
        return KNeighborsClassifier(1).fit(points, assignment_of(found)).predict


TAKEN = frozenset(ClusterConfig.model_fields)  # settings that stand beside each clusterer's own


ROOM: Room[type[Clusterer]] = Room(
    "clusterers",
    "labeller.rounds.clusterers",
    noun="algorithm",
    base=Clusterer,
    taken=TAKEN,
)
register = ROOM.register


def check_grouping(found: Grouping, points: np.ndarray, name: str) -> None:
    """Raises ValueError for what is no grouping of points (N, M), naming the algorithm `name`."""
    count, size = points.shape
    if not isinstance(found, Grouping):
        raise ValueError(
            f"fit of {name} must return a Grouping (from_labels makes one), got {type(found)}"
        )
    clusters = len(found.centres)
    wanted = {
        "centres": (clusters, size),
        "responsibility": (count, clusters),
        "precision": (clusters, size, size),
    }
    for part, shape in wanted.items():
        given = getattr(found, part).shape
        if given != shape:
            raise ValueError(f"{part} of {name} must be of shape {shape}, got {given}")
    if not found.responsibility.any():
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
