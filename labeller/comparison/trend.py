"""Accuracy against epoch: as one line, the m and k of pl-ae.txt, Tables 3, 5 and 7, and how much
it falls.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Trend:
    """accuracy = m epoch + k: m in percentage points an epoch, k in percent at epoch 0."""

    m: float
    k: float


def line_of_best_fit(epochs: Sequence[float], accuracies: Sequence[float]) -> Trend | None:
    """The least-squares line through accuracies in [0, 1], in percent; None below two epochs.

    m near 0 says that the accuracy has settled, m below 0 that the latent loses the classes.
    """
    x, y = np.asarray(epochs, np.float64), 100 * np.asarray(accuracies, np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"epochs and accuracies must be as many, got {x.shape} and {y.shape}")
    if len(np.unique(x)) < 2:
        return None
    m, k = np.polyfit(x, y, 1)
    return Trend(float(m), float(k))


def mean_fall(accuracies: Sequence[float]) -> float:
    """How much of the accuracy is lost from one epoch to the next, on average; 0 if it never falls.

        1/(E-1) sum_t max(0, a_t - a_t+1)

    In the unit of the accuracies: a number for the fluctuations in Figs. 14, 16 and 17.
    """
    steps = np.diff(np.asarray(accuracies, np.float64))
    return float(np.maximum(0, -steps).mean()) if len(steps) else 0.0
