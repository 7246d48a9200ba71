"""Which images to ask about next: the classical strategies, as scikit-activeml has them.

`random` draws evenly. `least-confidence`, `margin` and `entropy` take the images whose class
probabilities p are least certain: the largest 1 - max p, 1 - (p1 - p2), -sum p log p. They rank
each image by itself, so that one batch may ask the same thing many times. `core-set` (Sener and
Savarese 2018) takes, k-centre greedy, the image farthest from all that have a label. `typiclust`
(Hacohen et al. 2022) takes the most typical image of each of the largest clusters without a label.
`badge` (Ash et al. 2020) draws by k-means++ among gradients (p - onehot(argmax p)) z; the paper
takes z from the last layer of the network that is trained, we take the shared latents.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from labeller.errors import StateError
from labeller.runtime import stream_seed

if TYPE_CHECKING:
    from skactiveml.base import SkactivemlClassifier

NO_LABEL = -1
# Neighbours that say how typical an image is; the number of the TypiClust paper.
TYPICAL = 20
RANDOM = "random"
SPREAD = "random+neighbours"
# Of scikit-activeml, by the name of `UncertaintySampling.method`.
UNCERTAINTY = {
    "least-confidence": "least_confident",
    "margin": "margin_sampling",
    "entropy": "entropy",
}
BADGE, CORE_SET, TYPICLUST = "badge", "core-set", "typiclust"
STRATEGIES = (RANDOM, SPREAD, *UNCERTAINTY, CORE_SET, TYPICLUST, BADGE)
# These begin with random images: without a student nothing is uncertain.
ASK_THE_STUDENT = frozenset({*UNCERTAINTY, BADGE})


@dataclass(frozen=True, eq=False)
class Known:
    """What a strategy may look at, of the n images of the pool.

    latents (n, D) float32; labels (n,) int64, -1 where nobody was asked; probabilities (n, K)
    float32, of the student that was trained on these labels, or None before the first.
    """

    latents: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray | None = None


def choose(strategy: str, known: Known, count: int, *, seed: int) -> np.ndarray:
    """The next `count` images to ask about: rows of the pool (count,) int64, none asked before.

    The same seed chooses the same images, and strategies that begin at random begin alike.
    Raises ValueError for an unknown strategy or more images than are left, StateError when
    scikit-activeml is not installed.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy must be one of {', '.join(STRATEGIES)}, got {strategy}")
    left = int((known.labels == NO_LABEL).sum())
    if not 1 <= count <= left:
        raise ValueError(f"count must be between 1 and {left} (the images left), got {count}")
    if strategy == SPREAD or (strategy in ASK_THE_STUDENT and known.probabilities is None):
        strategy = RANDOM
    asked = len(known.labels) - left
    random_state = np.random.RandomState(stream_seed(seed, f"{strategy}/{asked}"))
    chosen = _query(strategy, known, count, random_state)
    return np.asarray(chosen, np.int64)


def _query(strategy: str, known: Known, count: int, random_state: np.random.RandomState) -> Any:
    pool = _scikit_activeml()
    given: dict[str, Any] = {"missing_label": NO_LABEL, "random_state": random_state}
    asked = {"y": known.labels, "batch_size": count}
    if strategy == RANDOM:
        return pool.RandomSampling(**given).query(known.latents, **asked)
    if strategy == CORE_SET:
        return pool.CoreSet(**given).query(known.latents, **asked)
    if strategy == TYPICLUST:
        return pool.TypiClust(k=TYPICAL, **given).query(known.latents, **asked)
    chances = _normalised(known.probabilities)
    student = _student(chances.shape[1])
    # The student is trained already: its probabilities travel as the first columns of X.
    if strategy == BADGE:
        x = np.hstack([chances, known.latents])
        badge = pool.Badge(clf_embedding_flag_name="with_latents", **given)
        return badge.query(x, clf=student, fit_clf=False, **asked)
    sampling = pool.UncertaintySampling(method=UNCERTAINTY[strategy], **given)
    return sampling.query(chances, clf=student, fit_clf=False, **asked)


def _normalised(probabilities: np.ndarray | None) -> np.ndarray:
    """Rows that sum to 1 in float64, as scikit-activeml checks; half precision may miss it."""
    if probabilities is None:
        raise ValueError("a strategy that asks the student must have its probabilities, got none")
    chances = np.clip(np.asarray(probabilities, np.float64), 0.0, None)
    return chances / chances.sum(axis=1, keepdims=True)


def _student(classes: int) -> "SkactivemlClassifier":
    """A classifier that reads its answer from the first `classes` columns of X."""
    from skactiveml.base import SkactivemlClassifier

    class Student(SkactivemlClassifier):
        def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> "Student":
            return self

        def predict_proba(self, X: np.ndarray, with_latents: bool = False) -> Any:
            chances = X[:, :classes]
            return (chances, X[:, classes:]) if with_latents else chances

    return Student(classes=list(range(classes)), missing_label=NO_LABEL)


def _scikit_activeml() -> Any:
    try:
        from skactiveml import pool
    except ImportError as error:
        raise StateError(
            "the baselines need scikit-activeml, which is not installed here; install it with"
            " pip install 'labeller[benchmark]'"
        ) from error
    return pool
