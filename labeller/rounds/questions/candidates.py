"""Which images a question is about: all, those the student is unsure of, or a cluster's rest.

The rest of a mixed cluster is what lies with the images that an answer marked as wrong. "T-shirts,
but these nine are not" says of the cluster's unseen members which are probably none either: those
that lie nearer to the nine. They are a question of their own, smaller and purer than the next whole
cluster, and often of a class that no answer has named yet.
"""

from dataclasses import dataclass, replace

import numpy as np

from labeller.config import AskConfig, ClusterConfig, RoundConfig

LEAST = 1000  # images: fewer make no clusters worth a question
SMALLEST = 5  # images a cluster has on average
LEAST_WRONG = 4  # marked images of a cluster: fewer are strays, and no rest
LEAST_MEMBERS = 10  # images of a rest that are worth a question
NEIGHBOURS = 5  # shown images that decide where an unseen one belongs


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


def has_rest(wrong: int) -> bool:
    """Whether so many images marked as wrong make it worth to look for the rest."""
    return wrong >= LEAST_WRONG


def rest(points: np.ndarray, right: np.ndarray, wrong: np.ndarray) -> np.ndarray:
    """Ascending rows of points (n, M) that are marked or lie with those that are.

    right, wrong: rows of the members that the card showed. An unseen member belongs to the rest
    where most of the 5 shown ones nearest to it are wrong. Empty for fewer than 10 images, which
    are not worth a question, and where no right one is left.
    """
    shown = np.concatenate([right, wrong])
    if not len(wrong) or len(wrong) == len(shown):
        return np.zeros(0, np.int64)
    unseen = np.setdiff1d(np.arange(len(points)), shown)
    # A card shows a few dozen images, so that all distances are a thin matrix.
    squared = ((points[unseen, None] - points[None, shown]) ** 2).sum(axis=2)
    nearest = np.argsort(squared, axis=1, kind="stable")[:, :NEIGHBOURS]
    with_wrong = (nearest >= len(right)).mean(axis=1) > 0.5
    rows = np.sort(np.concatenate([unseen[with_wrong], wrong])).astype(np.int64)
    return rows if len(rows) >= LEAST_MEMBERS else np.zeros(0, np.int64)
