"""What a strategy may look at."""

from dataclasses import dataclass, replace

import numpy as np

NO_LABEL = -1


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a strategy may look at, of the n images of the pool.

    latents (n, D) float32; labels (n,) int64 in [0, classes), -1 where nobody was asked;
    probabilities (n, classes) float32, of the student that was trained on these labels, or None
    before the first.
    """

    latents: np.ndarray
    labels: np.ndarray
    classes: int
    probabilities: np.ndarray | None = None

    @property
    def asked(self) -> np.ndarray:
        """(m,) int64, rows that have a label."""
        return np.flatnonzero(self.labels != NO_LABEL)

    @property
    def open(self) -> np.ndarray:
        """(n - m,) int64, rows that may be asked about."""
        return np.flatnonzero(self.labels == NO_LABEL)

    def at(self, rows: np.ndarray) -> "Candidates":
        """The same of some images only."""
        probabilities = self.probabilities
        return replace(
            self,
            latents=self.latents[rows],
            labels=self.labels[rows],
            probabilities=None if probabilities is None else probabilities[rows],
        )


def shortlist(candidates: Candidates, most: int, random_state: np.random.RandomState) -> np.ndarray:
    """Sorted rows: all that have a label, and `most` (or all) of the others, evenly drawn.

    For strategies that compare all images with all others.
    """
    rows = candidates.open
    if len(rows) > most:
        rows = random_state.choice(rows, most, replace=False)
    return np.sort(np.concatenate([candidates.asked, rows]))


def normalised(probabilities: np.ndarray | None) -> np.ndarray:
    """Rows that sum to 1 in float64, as scikit-activeml checks; half precision may miss it.

    Raises ValueError without probabilities.
    """
    if probabilities is None:
        raise ValueError("a strategy that asks the student must have its probabilities, got none")
    positive = np.clip(np.asarray(probabilities, np.float64), 0.0, None)
    scaled: np.ndarray = positive / positive.sum(axis=1, keepdims=True)
    return scaled


def unit(points: np.ndarray) -> np.ndarray:
    """Rows of length 1; a row of zeros stays."""
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(length > 0, length, 1)
