"""Scores of labels and clusters against targets. -1 means "none" in both, and is left out.

Only numpy and scikit-learn; targets come from `labeller.evaluation.targets`.
"""

import numpy as np


def coverage(labels: np.ndarray) -> float:
    """Share of the images (N,) that have a label, in [0, 1]; 0 for no images."""
    labels = np.asarray(labels)
    return float(np.mean(labels >= 0)) if len(labels) else 0.0


def accuracy(
    labels: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None
) -> float | None:
    """Share of right labels among the images with label and target; with weights, of the weight.

    labels, targets (N,) int64; weights (N,) >= 0. None when there is no such image, or no weight.
    """
    labels, targets, known = _both(labels, targets)
    share = np.ones(len(labels)) if weights is None else np.asarray(weights, np.float64)
    if len(share) != len(labels):
        raise ValueError(f"weights must be ({len(labels)},) as the labels, got {share.shape}")
    share = share[known]
    if not share.sum() > 0:
        return None
    return float(np.average(labels[known] == targets[known], weights=share))


def confusion_matrix(labels: np.ndarray, targets: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes) int64: row = target, column = label.

    Raises ValueError for a label or target that is not below `classes`.
    """
    labels, targets, known = _both(labels, targets)
    highest = max(labels.max(initial=-1), targets.max(initial=-1))
    if highest >= classes:
        raise ValueError(
            f"labels and targets must be below {classes} (the number of classes), got {highest}"
        )
    flat = targets[known] * classes + labels[known]
    return np.bincount(flat, minlength=classes * classes).reshape(classes, classes)


def per_class(labels: np.ndarray, targets: np.ndarray, classes: int) -> dict[str, np.ndarray]:
    """Scores of each class over the images with label and target, each (classes,).

    Keys: precision, recall, f1 in [0, 1] and images (their number) int64. Precision is 0 for a
    class that was never predicted, recall 0 for one without images.
    """
    table = confusion_matrix(labels, targets, classes)
    hits = np.diag(table).astype(np.float64)
    predicted, support = table.sum(axis=0), table.sum(axis=1)
    return {
        "precision": hits / np.maximum(predicted, 1),
        "recall": hits / np.maximum(support, 1),
        # F1 = 2PR / (P + R) = 2 hits / (predicted + support), which has no case P + R = 0.
        "f1": 2 * hits / np.maximum(predicted + support, 1),
        "images": support,
    }


def clustering_accuracy(clusters: np.ndarray, targets: np.ndarray) -> float | None:
    """Share of right images under the best one-to-one map of clusters to classes (Hungarian).

    Clusters beyond the number of classes count as wrong. None when no image has both.
    """
    table = _contingency(clusters, targets)
    if not table.sum():
        return None
    from scipy.optimize import linear_sum_assignment  # the server shows no such score, and starts

    rows, columns = linear_sum_assignment(-table)
    return float(table[rows, columns].sum() / table.sum())


def purity(clusters: np.ndarray, targets: np.ndarray) -> float | None:
    """Share of images in a cluster of their own majority: what a perfect expert would reach."""
    table = _contingency(clusters, targets)
    if not table.sum():
        return None
    return float(table.max(axis=1).sum() / table.sum())


def nmi(clusters: np.ndarray, targets: np.ndarray) -> float | None:
    """Normalised mutual information in [0, 1], arithmetic mean; None when no image has both."""
    clusters, targets, known = _both(clusters, targets)
    if not known.any():
        return None
    from sklearn.metrics import normalized_mutual_info_score  # 2 s sooner without scikit-learn

    return float(normalized_mutual_info_score(targets[known], clusters[known]))


def ari(clusters: np.ndarray, targets: np.ndarray) -> float | None:
    """Adjusted Rand index in [-0.5, 1], 0 by chance; None when no image has both."""
    clusters, targets, known = _both(clusters, targets)
    if not known.any():
        return None
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(targets[known], clusters[known]))


def _contingency(clusters: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Counts (K, C): row = cluster, column = target, of the images that have both."""
    clusters, targets, known = _both(clusters, targets)
    size = (int(clusters.max(initial=-1)) + 1, int(targets.max(initial=-1)) + 1)
    table = np.zeros(size, np.int64)
    np.add.at(table, (clusters[known], targets[known]), 1)
    return table


def _both(labels: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    labels, targets = np.asarray(labels, np.int64), np.asarray(targets, np.int64)
    if labels.ndim != 1 or labels.shape != targets.shape:
        raise ValueError(
            f"labels and targets must be two arrays (N,), got {labels.shape} and {targets.shape}"
        )
    return labels, targets, (labels >= 0) & (targets >= 0)
