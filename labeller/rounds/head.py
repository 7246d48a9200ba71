"""The softmax head of Eq. 4 fitted on latents that stay as they are."""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from labeller.methods.base import Method

MOST = 20_000  # images: a linear map of some dozen dimensions needs no more


def fit_head(
    method: Method, latents: np.ndarray, labels: np.ndarray, weights: np.ndarray, *, seed: int = 0
) -> None:
    """Sets `method.head` to the weighted softmax regression from latents (N, D) to labels (N,).

    The second term of Eq. 4 alone, minimised over the head by scikit-learn (with its standard L2
    penalty of 1): what retraining adds when the encoder is left as it is. Images without a label
    (-1) or weight do not count. With labels of one class only, the head answers that class.
    """
    rows = np.flatnonzero((labels >= 0) & (weights > 0))
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))
    head = method.head
    coefficients = np.zeros((head.out_features, head.in_features), np.float32)
    bias = np.full(head.out_features, -30.0, np.float32)  # of a class without images
    present = np.unique(labels[rows])
    if len(present) == 1:
        bias[present] = 0.0
    elif len(present) > 1:
        with threadpool_limits(1):
            fitted = LogisticRegression(max_iter=200).fit(
                latents[rows], labels[rows], sample_weight=weights[rows]
            )
        two = len(present) == 2  # scikit-learn then keeps the difference of the two logits
        coefficients[present] = (
            np.vstack([-fitted.coef_, fitted.coef_]) / 2 if two else fitted.coef_
        )
        intercept = fitted.intercept_
        bias[present] = np.concatenate([-intercept, intercept]) / 2 if two else intercept
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(coefficients))
        head.bias.copy_(torch.from_numpy(bias))
