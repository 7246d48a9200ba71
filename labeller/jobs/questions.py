"""Which images a later round asks about: those that the student of the round before doubts."""

from dataclasses import dataclass, replace

import numpy as np

from labeller.config import AskConfig, ClusterConfig, RoundConfig
from labeller.jobs.students import doubt
from labeller.jobs.task import Task
from labeller.rounds.spaces.embed import embed
from labeller.store.files import read_arrays, write_arrays

LEAST = 1000  # images: fewer make no clusters worth a question
SMALLEST = 5  # images a cluster has on average
NEIGHBOURS = 10  # of few images, of which each island holds a hundred


@dataclass(frozen=True, eq=False)
class Crowd:
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


def uncertain_crowd(task: Task, model: int, number: int, config: RoundConfig) -> Crowd | None:
    """The most uncertain training images in a UMAP of the student's features.

    There the images that one mistake has in common lie together, which in the method's own latent
    they do not: of the 6,000 most uncertain MNIST images after ten answers, 40 clusters are 91 %
    pure and ten answers about them correct 260 of 1,179 mistakes at once; in the UMAP of the VAE's
    latent answers about as many clusters are wrong more often than the student was (seed 0).
    None where the settings ask about all images, or there is no student yet.
    """
    if config.ask.choice != "uncertain":
        return None
    path, made_of = task.folder.crowd(number), np.array([model, config.ask.share])
    if path.exists():
        kept = read_arrays(path)
        # A round whose job was cancelled leaves its crowd; the next may have another model.
        if np.array_equal(kept.get("made_of", made_of), made_of):
            rows = kept["rows"]
            return Crowd(rows, kept["points"], _clusters(config, rows), kept["known"])
        path.unlink()
    found = doubt(task, model)
    if found is None:
        return None
    found = replace(found, uncertainty=found.uncertainty * _not_answered_since(task, model, number))
    train = task.images.train
    rows = most_uncertain(found.uncertainty[train], config.ask)
    wanted = config.embed.model_copy(
        update={"space": "umap", "neighbours": min(NEIGHBOURS, max(2, len(rows) - 1))}
    )
    features = found.features[train[rows]]
    points = embed(features, wanted, seed=config.train.seed + number, report=task.report)
    known = (1.0 - found.uncertainty).astype(np.float32)
    write_arrays(path, {"rows": rows, "points": points, "known": known, "made_of": made_of})
    return Crowd(rows, points, _clusters(config, rows), known)


def _not_answered_since(task: Task, model: int, number: int) -> np.ndarray:
    """1 less the weight (N,) that answers give each image which the student has not learnt from.

    There are such answers when a round is opened on the same network again.
    """
    left = np.ones(task.images.count, np.float32)
    for earlier in range((task.model(model).taught_by or 0) + 1, number):
        path = task.folder.statement(earlier)
        if path.exists():
            left = np.minimum(left, 1 - read_arrays(path)["weights"])
    return left


def most_uncertain(uncertainty: np.ndarray, config: AskConfig) -> np.ndarray:
    """Ascending positions (n,) of the `config.share` of the images with the largest uncertainty.

    At least 1,000 images, or all where there are fewer.
    """
    count = min(len(uncertainty), max(LEAST, round(config.share * len(uncertainty))))
    return np.sort(np.argsort(-uncertainty, kind="stable")[:count])


def _clusters(config: RoundConfig, rows: np.ndarray) -> ClusterConfig:
    # k-means: its clusters are of like size, and a mixture has more parameters than 150 points.
    most = max(2, len(rows) // SMALLEST)
    return config.cluster.model_copy(
        update={"algorithm": "kmeans", "clusters": min(config.ask.clusters, most)}
    )
