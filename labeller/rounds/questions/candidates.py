"""Which images a round asks about: all of them, or those that the student is unsure of."""

from dataclasses import dataclass, replace

import numpy as np

from labeller.config import AskConfig, ClusterConfig, RoundConfig

LEAST = 1000  # images: fewer make no clusters worth a question
SMALLEST = 5  # images a cluster has on average


@dataclass(frozen=True, eq=False)
class Candidates:
    """The images of a round and the space in which they are clustered.

    rows (n,) int64, ascending positions among the training images; points (n, M); cluster: how
    they are clustered; known (N,) in [0, 1]: how settled each image of the data set is, or None;
    everyone: nobody was left out.
    """

    rows: np.ndarray
    points: np.ndarray
    cluster: ClusterConfig
    known: np.ndarray | None
    everyone: bool = False

    def without(self, rows: np.ndarray) -> "Candidates":
        """The same less some positions among the training images, in no more clusters than fit."""
        kept = ~np.isin(self.rows, rows)
        fit = max(2, min(self.cluster.clusters, int(kept.sum()) // SMALLEST))
        cluster = self.cluster.model_copy(update={"clusters": fit})
        return replace(self, rows=self.rows[kept], points=self.points[kept], cluster=cluster)


def most_uncertain(uncertainty: np.ndarray, config: AskConfig) -> np.ndarray:
    """Ascending positions (n,) of the `config.share` of the images with the largest uncertainty.

    At least 1,000 images, or all where there are fewer.
    """
    count = min(len(uncertainty), max(LEAST, round(config.share * len(uncertainty))))
    return np.sort(np.argsort(-uncertainty, kind="stable")[:count])


def clusters_among(config: RoundConfig, count: int) -> ClusterConfig:
    """How `count` uncertain images are clustered: by `ask.algorithm`, into at most `ask.clusters`.

    Settings of the algorithm go with it where it is that of the first round too.
    """
    wanted = max(2, min(config.ask.clusters, count // SMALLEST))
    if config.ask.algorithm == config.cluster.algorithm:
        return config.cluster.model_copy(update={"clusters": wanted})
    return ClusterConfig(algorithm=config.ask.algorithm, clusters=wanted)
