"""The strategies that scikit-activeml has.

`random` draws evenly. `least_confidence`, `margin` and `entropy` take the images whose class
probabilities p are least certain: the largest 1 - max p, 1 - (p1 - p2), -sum p log p. They rank
each image by itself, so that one batch may ask the same thing many times. `core_set` (Sener and
Savarese 2018) takes, k-centre greedy, the image farthest from all that have a label. `typiclust`
(Hacohen et al. 2022) takes the most typical image of each of the largest clusters without a label.
`typiclust_then_margin` is TCM (Doucet et al. 2024).
`badge` (Ash et al. 2020) draws by k-means++ among gradients (p - onehot(argmax p)) z; the paper
takes z from the last layer of the network that is trained, we take the shared latents.

All raise StateError when scikit-activeml is not installed.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from labeller.errors import StateError
from labeller.experiments.label_efficiency.strategies.candidates import (
    NO_LABEL,
    Candidates,
    normalised,
    shortlist,
)

if TYPE_CHECKING:
    from skactiveml.base import SkactivemlClassifier

# Neighbours that say how typical an image is; the number of the TypiClust paper.
TYPICAL = 20
GRADIENTS = 64_000_000  # numbers in all of them, of 8 bytes, three times over


def query(
    sampling: str,
    candidates: Candidates,
    count: int,
    random_state: np.random.RandomState,
    **options: Any,
) -> np.ndarray:
    """Rows (count,) by the class of scikit-activeml's `pool` that is called so."""
    strategy = getattr(_pool(), sampling)(**options, **_given(random_state))
    rows: np.ndarray = strategy.query(candidates.latents, **_asked(candidates, count))
    return rows


def uncertain(
    method: str, candidates: Candidates, count: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Rows (count,) of the least certain p, by a method of `UncertaintySampling`."""
    probabilities = normalised(candidates.probabilities)
    sampling = _pool().UncertaintySampling(method=method, **_given(random_state))
    student = _student(probabilities.shape[1])
    rows: np.ndarray = sampling.query(
        probabilities, clf=student, fit_clf=False, **_asked(candidates, count)
    )
    return rows


random = partial(query, "RandomSampling")
core_set = partial(query, "CoreSet")
typiclust = partial(query, "TypiClust", k=TYPICAL)
least_confidence = partial(uncertain, "least_confident")
margin = partial(uncertain, "margin_sampling")
entropy = partial(uncertain, "entropy")


def typiclust_then_margin(
    candidates: Candidates, count: int, random_state: np.random.RandomState
) -> np.ndarray:
    """Rows (count,) of `typiclust` in the first batch, of `margin` in all others."""
    rule = typiclust if candidates.probabilities is None else margin
    return rule(candidates, count, random_state)


def badge(candidates: Candidates, count: int, random_state: np.random.RandomState) -> np.ndarray:
    """Rows (count,) of large and different gradients, among images evenly drawn where memory ends.

    A gradient has classes times D numbers.
    """
    most = max(count, GRADIENTS // (candidates.classes * candidates.latents.shape[1]))
    rows = shortlist(candidates, most, random_state)
    candidates = candidates.at(rows)
    probabilities = normalised(candidates.probabilities)
    # The student is trained already: its probabilities travel as the first columns of X.
    points = np.hstack([probabilities, candidates.latents])
    strategy = _pool().Badge(clf_embedding_flag_name="with_latents", **_given(random_state))
    student = _student(probabilities.shape[1])
    chosen: np.ndarray = rows[
        strategy.query(points, clf=student, fit_clf=False, **_asked(candidates, count))
    ]
    return chosen


def _given(random_state: np.random.RandomState) -> dict[str, Any]:
    return {"missing_label": NO_LABEL, "random_state": random_state}


def _asked(candidates: Candidates, count: int) -> dict[str, Any]:
    return {"y": candidates.labels, "batch_size": count}


def _student(classes: int) -> "SkactivemlClassifier":
    """A classifier that reads its answer from the first `classes` columns of X."""
    from skactiveml.base import SkactivemlClassifier

    class Student(SkactivemlClassifier):  # type: ignore[misc]  # scikit-activeml has no types
        def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> "Student":
            return self

        def predict_proba(self, X: np.ndarray, with_latents: bool = False) -> Any:
            probabilities = X[:, :classes]
            return (probabilities, X[:, classes:]) if with_latents else probabilities

    return Student(classes=list(range(classes)), missing_label=NO_LABEL)


def _pool() -> Any:
    try:
        from skactiveml import pool
    except ImportError as error:
        raise StateError(
            "the baselines need scikit-activeml, which is not installed here; install it with"
            " pip install 'labeller[benchmark]'"
        ) from error
    return pool
