"""DropQuery (Gupte et al. 2024): what a linear classifier says otherwise with features dropped.

scikit-activeml has it too, without the first batch, without a seed for its clusters, and without
the scaling of what is left, by which dropout keeps the size of the features.
"""

import numpy as np

from labeller.experiments.label_efficiency.linear import fit_linear
from labeller.experiments.label_efficiency.strategies.candidates import Candidates

DROPPED = 0.75  # share of the features, and
COPIES = 3  # copies of each image; both of the paper


def drop_query(
    candidates: Candidates, count: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Rows (count,): those nearest to the centres of k-means among the images that are unsure.

    An image is unsure when the linear classifier of the labels so far says another class of more
    than half of its copies. Where those are fewer than `count`, the next most changed are added.
    The first batch is nearest to the centres of all images.
    """
    rows = candidates.open
    if len(candidates.asked):
        changed = _changed(candidates, rows, random_state)
        unsure = changed > 0.5
        if unsure.sum() < count:
            order = random_state.permutation(len(rows))
            unsure[order[np.argsort(-changed[order], kind="stable")][:count]] = True
        rows = rows[unsure]
    chosen: np.ndarray = rows[nearest_to_centres(candidates.latents[rows], count, random_state)]
    return chosen


def nearest_to_centres(
    points: np.ndarray, count: int, random_state: np.random.RandomState
) -> np.ndarray:
    """The points (n, D) nearest to `count` centres of k-means, each once: rows (count,)."""
    from sklearn.cluster import KMeans

    means = KMeans(count, n_init=1, random_state=random_state)
    distances = means.fit_transform(points)
    chosen: list[int] = []
    for column in distances.T:
        column[chosen] = np.inf
        chosen.append(int(column.argmin()))
    return np.asarray(chosen, np.int64)


def _changed(
    candidates: Candidates, rows: np.ndarray, random_state: np.random.RandomState
) -> np.ndarray:
    """Share (n,) of the copies of each row that the classifier says another class of."""
    asked = candidates.asked
    seed = int(random_state.randint(2**31))
    linear = fit_linear(
        candidates.latents[asked], candidates.labels[asked], candidates.classes, seed=seed
    )
    points = candidates.latents[rows]
    classes = linear(points).argmax(axis=1)
    changed = np.zeros(len(rows))
    for _ in range(COPIES):
        kept = random_state.random_sample(points.shape) >= DROPPED
        copies = np.where(kept, points / (1 - DROPPED), 0).astype(np.float32)
        changed += linear(copies).argmax(axis=1) != classes
    return changed / COPIES
