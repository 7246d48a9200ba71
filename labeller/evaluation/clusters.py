"""What clusters look like without targets: silhouette, sizes, and the images they are surest of."""

import numpy as np

SILHOUETTE_SAMPLE = 5000  # pairwise distances: 5,000 points take 0.2 GB


def silhouette(points: np.ndarray, assignment: np.ndarray, *, seed: int = 0) -> float | None:
    """Mean silhouette in [-1, 1] of points (N, M) in clusters (N,), of at most 5,000 points.

    Of a point it is (b - a) / max(a, b): a the mean distance to its own cluster, b to the nearest
    other one. None with fewer than 2 clusters, or with no more points than clusters.
    """
    points, assignment = np.asarray(points), np.asarray(assignment)
    if len(points) > SILHOUETTE_SAMPLE:
        rows = np.random.default_rng(seed).choice(len(points), SILHOUETTE_SAMPLE, replace=False)
        points, assignment = points[rows], assignment[rows]
    if not 2 <= len(np.unique(assignment)) < len(points):
        return None
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(points, assignment))


def class_sizes(assignment: np.ndarray, classes: int) -> np.ndarray:
    """Images of each of `classes` clusters or pseudo-classes, (classes,) int64 (uic, Fig. 3)."""
    assignment = np.asarray(assignment, np.int64)
    if len(assignment) and not (assignment.min() >= 0 and assignment.max() < classes):
        raise ValueError(
            f"assignment must be between 0 and {classes - 1}, got {assignment.min()} to "
            f"{assignment.max()}"
        )
    return np.bincount(assignment, minlength=classes)


def size_histogram(
    sizes: np.ndarray, bins: int = 20, most: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """How many classes have how many images: counts (bins,) and edges (bins + 1,).

    From 0 to `most` images, or to those of the largest class.
    """
    end = int(np.max(sizes)) if most is None else most
    return np.histogram(np.asarray(sizes), bins=bins, range=(0, max(1, end)))


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """-sum_k p_k ln p_k of each row of probabilities (N, K), (N,) in [0, ln K]; 0 ln 0 counts 0.

    Raises ValueError for rows that are no probabilities.
    """
    p = np.asarray(probabilities, np.float64)
    if p.ndim != 2 or (p < 0).any() or not np.allclose(p.sum(1), 1, atol=1e-3):
        raise ValueError("probabilities must be rows (N, K) that sum to 1")
    from scipy.special import entr

    entropies: np.ndarray = entr(p).sum(1)
    return entropies


def lowest_entropy(probabilities: np.ndarray, most: int = 8) -> list[np.ndarray]:
    """For each class, rows of at most `most` of its images, the surest first (uic, Fig. 4)."""
    unsure = entropy(probabilities)
    assignment = np.asarray(probabilities).argmax(1)
    order = np.argsort(unsure, kind="stable")
    return [order[assignment[order] == k][:most] for k in range(np.shape(probabilities)[1])]
