"""The labels that the images of a strategy get: one answer an image, some of them wrong."""

import numpy as np

from labeller.runtime import stream_seed


def answer_images(
    targets: np.ndarray, rows: np.ndarray, classes: int, *, error_rate: float, seed: int
) -> np.ndarray:
    """The class that the expert says of each image `rows` (n,): (n,) int64 in [0, classes).

    targets (N,) int64 are the true classes. With probability `error_rate` the answer is one of the
    other classes, evenly drawn; the same image with the same seed gets the same answer, whoever
    asks. Raises ValueError for images whose class is unknown: there is nothing to answer.
    """
    said = targets[rows]
    if (said < 0).any():
        raise ValueError(
            f"all images asked about must have a true class, got {int((said < 0).sum())} without"
        )
    draws = np.random.default_rng(stream_seed(seed, "wrong-images"))
    wrong = draws.random(len(targets)) < error_rate
    other = draws.integers(1, max(classes, 2), len(targets))
    return np.where(wrong[rows], (said + other[rows]) % classes, said).astype(np.int64)


def nearest_labels(space: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels (n,) of all images: each that of the nearest labelled image in the space."""
    from sklearn.neighbors import KNeighborsClassifier

    known = labels >= 0
    return KNeighborsClassifier(1).fit(space[known], labels[known]).predict(space)
