"""k-means."""

from collections.abc import Callable

import numpy as np

from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers import Clusterer, Grouping, member_precision, register

STARTS = 3


@register
class KMeans(Clusterer):
    """Clusters of like size, each point with the nearest centre."""

    name = "kmeans"
    title = "k-means"

    def fit(
        self, points: np.ndarray, clusters: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """The best of three starts."""
        from sklearn import cluster

        report(Progress("cluster", 0, 1, "k-means"))
        model = cluster.KMeans(clusters, n_init=STARTS, random_state=seed).fit(points)
        responsibility = np.zeros((len(points), clusters), np.float32)
        responsibility[np.arange(len(points)), model.labels_] = 1
        precision = member_precision(points, model.labels_, model.cluster_centers_)
        report(Progress("cluster", 1, 1, "k-means"))
        return Grouping(model.cluster_centers_, responsibility, precision)

    def rough(
        self, points: np.ndarray, clusters: int, seed: int
    ) -> Callable[[np.ndarray], np.ndarray]:
        """One start."""
        from sklearn import cluster

        model = cluster.KMeans(clusters, n_init=1, random_state=seed).fit(points)
        predict: Callable[[np.ndarray], np.ndarray] = model.predict
        return predict
