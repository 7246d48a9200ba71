"""Points (N, D) that a step is given: checked, and in units in which sizes have a meaning."""

import numpy as np


def checked_points(values: np.ndarray, name: str) -> np.ndarray:
    """`values` as float32 (N, D), N and D at least 1.

    Raises ValueError when the shape is another, or when a value is NaN or infinite.
    """
    values = np.asarray(values)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"{name} must be an array (N, D) with N, D >= 1, got {values.shape}")
    values = np.ascontiguousarray(values, dtype=np.float32)
    bad = int((~np.isfinite(values).all(axis=1)).sum())
    if bad:
        raise ValueError(
            f"{name} must be finite numbers, got NaN or infinity in {bad} of {len(values)} rows;"
            " train again with a lower learning rate"
        )
    return values


def standardised(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Points (N, M) about their mean in units of the overall spread, the mean, and the spread.

    In these units a "small" variance has a meaning in every space.
    """
    middle = points.mean(axis=0, dtype=np.float64)
    spread = float(np.sqrt(np.var(points, axis=0, dtype=np.float64).mean())) or 1.0
    return (points - middle) / spread, middle, spread


def turned_onto(points: np.ndarray, onto: np.ndarray) -> np.ndarray:
    """Points (n, M) moved, turned or mirrored, and scaled as a whole, so that they lie on the first
    n of `onto` (m, M) as well as they can: orthogonal Procrustes, with the spread of `onto`.
    """
    there = onto[: len(points)]
    middle = points.mean(axis=0, dtype=np.float64)
    goal = there.mean(axis=0, dtype=np.float64)
    mine, theirs = (points - middle)[: len(there)], there - goal
    left, _, right = np.linalg.svd(mine.T @ theirs)
    scale = np.linalg.norm(theirs) / (np.linalg.norm(mine) or 1.0)
    turned: np.ndarray = ((points - middle) @ (left @ right) * scale + goal).astype(np.float32)
    return turned
