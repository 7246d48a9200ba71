"""The linear student on ready features."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from labeller.experiments.label_efficiency.learners import LabelledSet, LinearLearner
from labeller.experiments.label_efficiency.linear import (
    DEFAULT,
    STRENGTHS,
    _chosen,
    fit_linear,
)


def blobs(count, classes=4, spread=0.2, seed=0, dimensions=30):
    draws = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    points = np.eye(classes, dimensions)[labels] + draws.normal(0, spread, (count, dimensions))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32), labels


def test_few_labels_are_fitted_as_scikit_learn_does():
    points, labels = blobs(8)
    found = fit_linear(points, labels, 4)(points)
    wanted = LogisticRegression(C=DEFAULT, max_iter=300).fit(points, labels)
    np.testing.assert_allclose(found, wanted.predict_proba(points), atol=2e-3)


def test_classes_without_an_image_are_all_but_impossible():
    points, labels = blobs(12, classes=2)
    said = fit_linear(points, labels * 3, 5)(points)
    np.testing.assert_allclose(said.sum(axis=1), 1, rtol=1e-5)
    assert (said.argmax(axis=1) == labels * 3).all()
    assert (said[:, [1, 2, 4]] < 1e-6).all()
    alone = fit_linear(points[:1], np.array([2]), 5)(points)
    assert (alone[:, 2] > 0.999).all()


def test_penalty_and_temperature_are_those_that_held_out_images_like():
    points, labels = blobs(200)
    noise = np.random.default_rng(0).permutation(labels)
    assert _chosen(points, labels, 4, 0)[0] > STRENGTHS[0]
    strength, temperature = _chosen(points, noise, 4, 0)
    assert strength == STRENGTHS[0]
    assert temperature > 1
    # The only image of its class cannot be held out, and ten images are too few.
    assert _chosen(points[:10], labels[:10], 4, 0) == (DEFAULT, 1.0)
    assert _chosen(points[:40], np.arange(40), 40, 0) == (DEFAULT, 1.0)


def test_the_learner_predicts_all_rows_from_the_labels_of_some():
    points, labels = blobs(100)
    index = np.arange(20, 100)
    said = np.where(np.arange(80) < 24, labels[index], -1)
    found = LinearLearner()(LabelledSet(points, said, index, 4, 0))
    assert found.shape == (100, 4)
    assert (found.argmax(axis=1) == labels).mean() > 0.9
    wrong = np.where(said < 0, -1, (said + 1) % 4)
    found = LinearLearner()(LabelledSet(points, wrong, index, 4, 0))
    assert (found.argmax(axis=1) == labels).mean() < 0.1
