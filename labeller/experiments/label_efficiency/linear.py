"""A strong linear student where labels are few: logistic regression on ready features.

Penalty and temperature are those of the smallest log loss on held-out images with a label. Rows are
expected to have length 1. Nothing of the test images is looked at.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

# C of scikit-learn: the weight of the images' loss against |W|^2 / 2.
STRENGTHS = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
DEFAULT = 300.0  # where there are too few images to hold any out; more than 100 hardly matters
TEMPERATURES = (0.4, 0.5, 0.65, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5)
FOLDS = 5
ENOUGH = 20  # images of classes with two or more, to hold some out
MOST = 2000  # images that take part in the choice
UNSEEN = -30.0  # the logit of a class without images


@dataclass(frozen=True, eq=False)
class Linear:
    """p(k | x) proportional to exp(w_k x + b_k), weights (K, D) and bias (K,)."""

    weights: np.ndarray
    bias: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Probabilities (n, K) float32 of points (n, D)."""
        probabilities: np.ndarray = softmax(points @ self.weights.T + self.bias, axis=1).astype(
            np.float32
        )
        return probabilities


def fit_linear(points: np.ndarray, labels: np.ndarray, classes: int, *, seed: int = 0) -> Linear:
    """Multinomial logistic regression of points (n, D) on labels (n,) in [0, classes).

    A class without images keeps a probability of almost nothing.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # too few steps to the last digit do no harm
        # The solution lies in the span of the points: few points need few dimensions.
        basis = np.linalg.qr(points.T)[0] if len(points) < points.shape[1] else None
        inside = points if basis is None else points @ basis
        strength, temperature = _chosen(inside, labels, classes, seed)
        weights, bias = _fitted(inside, labels, classes, strength)
    weights = weights if basis is None else weights @ basis.T
    return Linear(weights / temperature, bias / temperature)


def held_out(labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The fold of each labelled image (n,), -1: it takes no part; and who may be held out (n,).

    labels (n,) are in [0, classes); nobody may be held out of fewer than ENOUGH.
    Classes are spread evenly over the folds; the only image of a class is never held out.
    """
    draws = np.random.default_rng(seed)
    order = draws.permutation(len(labels))[:MOST]
    order = order[np.argsort(labels[order], kind="stable")]
    folds = np.full(len(labels), -1)
    folds[order] = np.arange(len(order)) % FOLDS
    several = np.bincount(labels[order], minlength=labels.max() + 1)[labels] > 1
    held = several & (folds >= 0)
    return folds, held if held.sum() >= ENOUGH else np.zeros(len(labels), bool)


def _chosen(points: np.ndarray, labels: np.ndarray, classes: int, seed: int) -> tuple[float, float]:
    """Strength and temperature of the smallest log loss on images that were held out."""
    folds, held = held_out(labels, seed)
    if not held.any():
        return DEFAULT, 1.0
    losses = np.zeros((len(STRENGTHS), len(TEMPERATURES)))
    for place, strength in enumerate(STRENGTHS):
        for fold in range(FOLDS):
            taught, judged = (folds >= 0) & ~(held & (folds == fold)), held & (folds == fold)
            weights, bias = _fitted(points[taught], labels[taught], classes, strength)
            logits = points[judged] @ weights.T + bias
            for column, temperature in enumerate(TEMPERATURES):
                probabilities = softmax(logits / temperature, axis=1)[
                    np.arange(len(logits)), labels[judged]
                ]
                # A class that only the held-out image has costs much, but not everything.
                losses[place, column] -= np.log(0.99 * probabilities + 0.01 / classes).sum()
    best = divmod(int(losses.argmin()), len(TEMPERATURES))
    return STRENGTHS[best[0]], TEMPERATURES[best[1]]


def _fitted(
    points: np.ndarray, labels: np.ndarray, classes: int, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (classes, D) and bias (classes,) with scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    weights = np.zeros((classes, points.shape[1]), points.dtype)
    bias = np.full(classes, UNSEEN, points.dtype)
    present = np.unique(labels)
    if len(present) == 1:
        bias[present] = 0.0
        return weights, bias
    fitted = LogisticRegression(C=strength, max_iter=300).fit(points, labels)
    two = len(present) == 2  # scikit-learn then keeps the difference of the two logits
    rows, shift = fitted.coef_, fitted.intercept_
    weights[present] = np.vstack([-rows, rows]) / 2 if two else rows
    bias[present] = np.concatenate([-shift, shift]) / 2 if two else shift
    return weights, bias
