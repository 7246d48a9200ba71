"""The softmax head on fixed latents, against scikit-learn's own predictions."""

import numpy as np
import pytest
import torch
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression

from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.rounds.linear_student import fit_head


def probabilities(method, latents):
    with torch.no_grad():
        return method.head(torch.from_numpy(latents)).softmax(1).numpy()


def made(classes):
    return registry.build("ae", {"latent": 3}, ImageShape(1, 8, 8), classes)


@pytest.mark.parametrize("present", [[0, 1, 2], [1, 3], [2]])
def test_the_head_is_the_weighted_softmax_regression(present):
    latents, which = make_blobs(300, 3, centers=len(present), cluster_std=3.0, random_state=0)
    latents = latents.astype(np.float32)
    labels = np.array(present)[which]
    weights = np.random.default_rng(0).uniform(0.1, 1, 300).astype(np.float32)
    labels[::10] = -1
    method = made(5)
    fit_head(method, latents, labels, weights)
    said = probabilities(method, latents)
    assert said.argmax(1)[labels >= 0].tolist() != []
    assert set(said.argmax(1)) <= set(present)
    if len(present) > 1:
        rows = labels >= 0
        own = LogisticRegression(max_iter=200).fit(latents[rows], labels[rows], weights[rows])
        assert np.allclose(said[:, present], own.predict_proba(latents), atol=1e-3)


def test_without_labels_no_class_is_preferred():
    method = made(3)
    fit_head(method, np.zeros((4, 3), np.float32), np.full(4, -1), np.zeros(4, np.float32))
    assert probabilities(method, np.zeros((1, 3), np.float32))[0] == pytest.approx([1 / 3] * 3)
