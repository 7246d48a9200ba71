"""A labelling that is trained together with the classifiers that have to learn it.

Gadetsky, Jiang and Brbic 2024, "Let Go of Your Labels with Unsupervised Transfer", section 3.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

BATCH = 1000  # points of one step
INNER = 4  # steps of the classifiers for one of the labelling
# Step sizes of Adam, in units in which the spread of a cluster is 1. The classifiers are the
# quicker: the labelling is judged by how well they have learnt it.
LABELLING_RATE, CLASSIFIER_RATE = 0.02, 0.05
CHUNK = 10_000
"""Points whose probabilities are computed at once."""


class Labelling:
    """S labellings of points into K groups, each in V spaces, trained at once.

    The labelling is tau(x) = mean over v of softmax(W_v x_v), the classifier of space v is
    p_v(x) = softmax(U_v x_v). U minimises the cross-entropy of p_v and tau by gradient steps that
    go on from the last ones (warm start); W minimises, for the U found,

        sum over v of E[-sum_k tau_k log p_vk] - balance H(E[tau])             (Eqs. 8 to 10)

    with H the entropy. As U is near its optimum, the gradient by W leaves out the change of U.
    """

    def __init__(
        self, starts: Sequence[Sequence[tuple[np.ndarray, np.ndarray, float]]], balance: float
    ) -> None:
        """`starts`: S lists of V triples, the weights (M, K), offsets (K,) and unit of length^2."""
        self._balance = balance
        self._groups = len(starts[0][0][1])
        spaces = list(zip(*starts, strict=True))
        self._tasks = [_Linear(of, LABELLING_RATE) for of in spaces]
        self._classifiers = [_Linear(of, CLASSIFIER_RATE) for of in spaces]

    def step(self, spaces: Sequence[np.ndarray], draws: np.random.Generator) -> None:
        """INNER steps of the classifiers, and one of the labelling, on BATCH points (N, M)."""
        count = len(spaces[0])
        if count > BATCH:
            chosen = draws.integers(count, size=BATCH)
            spaces = [points[chosen] for points in spaces]
        parts, tau = self._tau(spaces)
        for classifier, points in zip(self._classifiers, spaces, strict=True):
            for _ in range(INNER):
                classifier.descend(points, _softmax(self._scores(classifier, points)) - tau)
        # What the loss gains with each tau_k: -log p_k, and what makes group k larger.
        gain = self._balance * np.log(tau.mean(axis=0) + 1e-6) - self._log_probabilities(spaces)
        for task, points, part in zip(self._tasks, spaces, parts, strict=True):
            inner = (part * gain).sum(axis=-1, keepdims=True)
            task.descend(points, part * (gain - inner) / len(self._tasks))

    def probabilities(self, spaces: Sequence[np.ndarray]) -> np.ndarray:
        """tau (N, K) of the first labelling."""
        return np.concatenate([self._tau(chunk)[1][:, 0] for chunk in _chunks(spaces)])

    def losses(self, spaces: Sequence[np.ndarray]) -> np.ndarray:
        """The loss (S,) of each labelling."""
        entropy, mean, count = 0.0, 0.0, len(spaces[0])
        for chunk in _chunks(spaces):
            _, tau = self._tau(chunk)
            entropy = entropy - (tau * self._log_probabilities(chunk)).sum(axis=(0, 2)) / count
            mean = mean + tau.sum(axis=0) / count
        return np.asarray(entropy + self._balance * (mean * np.log(mean + 1e-12)).sum(axis=-1))

    def best(self, spaces: Sequence[np.ndarray]) -> Self:
        """Itself, with the labelling of lowest loss alone."""
        chosen = int(self.losses(spaces).argmin())
        for linear in self._tasks + self._classifiers:
            linear.keep(slice(chosen * self._groups, (chosen + 1) * self._groups))
        return self

    def _tau(self, spaces: Sequence[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
        """softmax(W_v x_v) (N, S, K) of each space, and their mean."""
        pairs = zip(self._tasks, spaces, strict=True)
        parts = [_softmax(self._scores(task, points)) for task, points in pairs]
        return parts, sum(parts[1:], parts[0]) / len(parts)

    def _log_probabilities(self, spaces: Sequence[np.ndarray]) -> np.ndarray:
        """The sum over v of log p_v (N, S, K)."""
        total: Any = 0.0
        for classifier, points in zip(self._classifiers, spaces, strict=True):
            scores = self._scores(classifier, points)
            scores -= scores.max(axis=-1, keepdims=True)
            total = total + scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
        return np.asarray(total)

    def _scores(self, linear: "_Linear", points: np.ndarray) -> np.ndarray:
        return linear.scores(points).reshape(len(points), -1, self._groups)


class _Linear:
    """Scores x W + b of S sets of K groups, side by side, and their descent by Adam."""

    def __init__(self, starts: Sequence[tuple[np.ndarray, np.ndarray, float]], rate: float) -> None:
        """Weights (M, K), offsets (K,) and the unit of length^2 of each start."""
        rows = [np.vstack([weights, offsets]) for weights, offsets, _ in starts]
        self._values = np.concatenate(rows, axis=1).astype(np.float32)
        # A weight is a score per length, an offset a score.
        units = np.sqrt([unit for _, _, unit in starts], dtype=np.float32)
        self._rates = np.full_like(self._values, rate)
        self._rates[:-1] /= np.repeat(units, len(starts[0][1]))
        self._mean = np.zeros_like(self._values)
        self._square = np.zeros_like(self._values)
        self._steps = 0

    def scores(self, points: np.ndarray) -> np.ndarray:
        """(N, S * K)."""
        scores: np.ndarray = points @ self._values[:-1] + self._values[-1]
        return scores

    def descend(self, points: np.ndarray, slope: np.ndarray) -> None:
        """One step, for the slope (N, S, K) of the loss of each point by its scores."""
        slope = slope.reshape(len(points), -1).astype(np.float32, copy=False)
        gradient = np.vstack([points.T @ slope, slope.sum(axis=0)]) / len(points)
        self._steps += 1
        self._mean += 0.1 * (gradient - self._mean)
        self._square += 0.001 * (gradient**2 - self._square)
        mean = self._mean / (1 - 0.9**self._steps)
        square = self._square / (1 - 0.999**self._steps)
        self._values -= self._rates * mean / (np.sqrt(square) + 1e-8)

    def keep(self, columns: slice) -> None:
        """Drops the scores of all other columns."""
        for name in ("_values", "_rates", "_mean", "_square"):
            setattr(self, name, getattr(self, name)[:, columns])


def _softmax(scores: np.ndarray) -> np.ndarray:
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    scores /= scores.sum(axis=-1, keepdims=True)
    return scores


def _chunks(spaces: Sequence[np.ndarray]) -> list[list[np.ndarray]]:
    count = len(spaces[0])
    return [[points[i : i + CHUNK] for points in spaces] for i in range(0, count, CHUNK)]
