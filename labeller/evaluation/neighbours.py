"""Scores that need no training: k nearest neighbours, and few-shot classes by their prototypes.

No torch: both are distances between latents.
"""

from dataclasses import dataclass

import numpy as np

from labeller.runtime import stream_seed

NEIGHBOURS = 10
EPISODES, QUERIES = 600, 15
NORMAL_95 = 1.96  # standard errors either side of the mean of many episodes


def knn_accuracy(
    train: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    *,
    neighbours: int = NEIGHBOURS,
) -> float:
    """Share of test latents whose nearest training latents (Euclidean) vote for their class.

    Both are latents (N, D) with classes (N,) int64, of which -1 is left out.
    Raises ValueError unless 1 <= `neighbours` <= the number of training latents.
    """
    x, y = _known(*train)
    u, v = _known(*test)
    if not 1 <= neighbours <= len(x):
        raise ValueError(
            f"neighbours must be between 1 and {len(x)} (the training latents), got {neighbours}"
        )
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(neighbours).fit(x, y)
    return float((model.predict(u) == v).mean())


@dataclass(frozen=True)
class FewShot:
    """Mean accuracy over the episodes, and half the width of its 95 % interval, both in [0, 1]."""

    accuracy: float
    interval: float
    ways: int
    shots: int


def few_shot(
    latents: np.ndarray,
    targets: np.ndarray,
    *,
    ways: int = 5,
    shots: int = 5,
    episodes: int = EPISODES,
    seed: int = 0,
) -> FewShot | None:
    """5-way 5-shot by prototypes (uic, Table 6): an image belongs to the nearest class mean.

    Each episode draws `ways` classes, `shots` images of each for the mean and up to 15 others as
    queries; distance is the squared Euclidean one of prototypical networks. With fewer classes,
    all are drawn. None when fewer than 2 classes have more than `shots` images.
    """
    if shots < 1 or ways < 2 or episodes < 2:
        raise ValueError(
            f"ways and episodes must be 2 or more and shots 1 or more, got {ways} ways, "
            f"{shots} shots, {episodes} episodes"
        )
    x, y = _known(latents, targets)
    members = [np.flatnonzero(y == k) for k in np.unique(y)]
    members = [rows for rows in members if len(rows) > shots]
    if len(members) < 2:
        return None
    ways = min(ways, len(members))
    draws = np.random.default_rng(stream_seed(seed, "few-shot"))
    accuracies = np.array([_episode(x, members, ways, shots, draws) for _ in range(episodes)])
    interval = NORMAL_95 * float(accuracies.std(ddof=1)) / episodes**0.5
    return FewShot(float(accuracies.mean()), interval, ways, shots)


def _episode(
    x: np.ndarray, members: list[np.ndarray], ways: int, shots: int, draws: np.random.Generator
) -> float:
    chosen = draws.choice(len(members), ways, replace=False)
    drawn = [draws.permutation(members[k])[: shots + QUERIES] for k in chosen]
    means = np.stack([x[rows[:shots]].mean(0) for rows in drawn])
    queries = np.concatenate([rows[shots:] for rows in drawn])
    truth = np.concatenate([np.full(len(rows) - shots, k) for k, rows in enumerate(drawn)])
    # |q - m|^2 without |q|^2, which is the same for every m.
    distance = (means**2).sum(1) - 2 * x[queries] @ means.T
    return float((distance.argmin(1) == truth).mean())


def _known(latents: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    latents, targets = np.asarray(latents), np.asarray(targets, np.int64)
    if latents.ndim != 2 or targets.shape != (len(latents),):
        raise ValueError(
            f"latents must be (N, D) and targets (N,), got {latents.shape} and {targets.shape}"
        )
    known = targets >= 0
    return latents[known].astype(np.float64), targets[known]
