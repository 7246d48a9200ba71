"""HDBSCAN: clusters are where points are dense; what lies between them is noise."""

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers import Clusterer, Grouping, from_labels, register
from labeller.rounds.clusterers.kmeans import KMeans

SMALLEST = 5  # members of a cluster that is found for you
SHARE = 0.01  # of the images, that a cluster has at least


@register
class HDBSCAN(Clusterer):
    """Finds the number of clusters by itself (Campello et al. 2013).

    Images in no dense region belong to no cluster: they have no card and get no label in the
    round. They may in a later one.
    """

    name = "hdbscan"
    title = "HDBSCAN"
    takes_count = False

    class Config(Settings):
        """Of an HDBSCAN."""

        smallest: int = Field(
            0,
            ge=0,
            le=100_000,
            description="Images in the smallest cluster; 0: chosen for you.",
            title="Smallest cluster",
        )
        neighbours: int = Field(
            5, ge=1, le=200, description="Neighbours that make a place dense; more: more noise."
        )

    def fit(
        self, points: np.ndarray, clusters: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """As many clusters as it finds (`clusters` is not read); one of all where it finds none."""
        report(Progress("cluster", 0, 1, "HDBSCAN"))
        labels = self._labels(points, self._smallest(len(points)))
        if labels.max() < 0:
            labels = np.zeros(len(points), np.int64)
        report(Progress("cluster", 1, 1, "HDBSCAN"))
        return from_labels(points, labels)

    def split(
        self, points: np.ndarray, parts: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """The coarsest clusters it finds; `parts` by k-means where it finds no two.

        A split says that there is more than one class, so one part would be no answer. Points
        between the clusters go with the nearest: the person asked about all of them.
        """
        from sklearn.neighbors import KNeighborsClassifier

        smallest = len(points) // 2
        while smallest >= 2:
            labels = self._labels(points, smallest)
            if labels.max() > 0:
                inside = labels >= 0
                nearest = KNeighborsClassifier(1).fit(points[inside], labels[inside])
                return from_labels(points, nearest.predict(points))
            smallest //= 2
        return KMeans(KMeans.Config()).fit(points, parts, seed=seed, report=report)

    def _smallest(self, count: int) -> int:
        chosen = self.config.smallest or max(SMALLEST, round(SHARE * count))
        return int(max(2, min(chosen, count // 2)))

    def _labels(self, points: np.ndarray, smallest: int) -> np.ndarray:
        from sklearn import cluster

        neighbours = min(self.config.neighbours, len(points))
        model = cluster.HDBSCAN(min_cluster_size=smallest, min_samples=neighbours, copy=True)
        labels: np.ndarray = model.fit_predict(points).astype(np.int64)
        return labels
