"""Agglomerative clustering."""

from typing import Literal

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers import Clusterer, Grouping, from_labels, register

# The tree of all points needs their distances, N^2: of more, a sample is grouped, and the others
# go with the nearest of it.
MOST = 10_000


@register
class Agglomerative(Clusterer):
    """Joins the two nearest clusters until there are as many as asked (Ward 1963)."""

    name = "agglomerative"
    title = "Agglomerative"

    class Config(Settings):
        """Of an agglomerative clustering."""

        linkage: Literal["ward", "complete", "average", "single"] = Field(
            "ward", description="Which two clusters count as nearest."
        )

    def fit(
        self, points: np.ndarray, clusters: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """Of at most 10,000 points, drawn with `seed`; the others go with the nearest of them."""
        from sklearn import cluster
        from sklearn.neighbors import KNeighborsClassifier

        report(Progress("cluster", 0, 1, "agglomerative clustering"))
        draws, count = np.random.default_rng(seed), len(points)
        chosen = draws.choice(count, MOST, replace=False) if count > MOST else np.arange(count)
        model = cluster.AgglomerativeClustering(clusters, linkage=self.config.linkage)
        labels = model.fit_predict(points[chosen])
        if count > MOST:
            labels = KNeighborsClassifier(1).fit(points[chosen], labels).predict(points)
        report(Progress("cluster", 1, 1, "agglomerative clustering"))
        return from_labels(points, labels)
