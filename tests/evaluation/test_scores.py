"""Scores against numbers worked by hand."""

import itertools

import numpy as np
import pytest
from sklearn import metrics

from labeller.evaluation import scores

LABELS = np.array([0, 0, 1, 1, 2, -1, 2])
TARGETS = np.array([0, 1, 1, 1, 0, 2, -1])


def test_coverage():
    assert scores.coverage(LABELS) == pytest.approx(6 / 7)
    assert scores.coverage(np.array([], int)) == 0


def test_accuracy_counts_images_with_both():
    assert scores.accuracy(LABELS, TARGETS) == pytest.approx(3 / 5)
    weights = np.array([1, 0, 0.5, 0.5, 2, 9, 9])
    assert scores.accuracy(LABELS, TARGETS, weights) == pytest.approx(2 / 4)


def test_confusion_matrix_has_targets_in_rows():
    assert scores.confusion_matrix(LABELS, TARGETS, 3).tolist() == [[1, 0, 1], [1, 2, 0], [0, 0, 0]]


def test_per_class_by_hand_and_against_scikit_learn():
    found = scores.per_class(LABELS, TARGETS, 3)
    np.testing.assert_allclose(found["precision"], [1 / 2, 1, 0])
    np.testing.assert_allclose(found["recall"], [1 / 2, 2 / 3, 0])
    np.testing.assert_allclose(found["f1"], [1 / 2, 4 / 5, 0])
    assert found["images"].tolist() == [2, 3, 0]
    draws = np.random.default_rng(0)
    labels, targets = draws.integers(0, 4, (2, 200))
    found = scores.per_class(labels, targets, 4)
    precision, recall, f1, images = metrics.precision_recall_fscore_support(targets, labels)
    for name, expected in zip(found, (precision, recall, f1, images), strict=True):
        np.testing.assert_allclose(found[name], expected)


def test_clustering_accuracy_is_the_best_of_all_maps():
    draws = np.random.default_rng(0)
    clusters, targets = draws.integers(0, 4, (2, 60))
    best = max(
        np.mean(np.array(order)[clusters] == targets) for order in itertools.permutations(range(4))
    )
    assert scores.clustering_accuracy(clusters, targets) == pytest.approx(best)
    # More clusters than classes: the fourth finds no class left.
    assert scores.clustering_accuracy([0, 1, 2, 3], [0, 1, 2, 2]) == 0.75


def test_purity_by_hand():
    assert scores.purity([0, 0, 0, 1, 1, -1], [5, 5, 1, 1, 1, 3]) == pytest.approx(4 / 5)


def test_nmi_and_ari_are_one_for_renamed_classes_and_zero_for_one_cluster():
    targets = np.array([0, 0, 1, 1, 2, 2, -1])
    for score in (scores.nmi, scores.ari):
        assert score((targets + 1) % 3, targets) == pytest.approx(1)
        assert score(np.zeros(7, int), targets) == pytest.approx(0)


@pytest.mark.parametrize(
    "score",
    [
        scores.accuracy,
        scores.clustering_accuracy,
        scores.purity,
        scores.nmi,
        scores.ari,
    ],
)
def test_nothing_to_score_is_none(score):
    assert score(np.array([-1, 0]), np.array([0, -1])) is None
    assert score(np.array([], int), np.array([], int)) is None


def test_weights_that_sum_to_zero_are_none():
    assert scores.accuracy([1], [1], [0.0]) is None


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"two arrays \(N,\), got \(2,\) and \(3,\)"):
        scores.accuracy([0, 1], [0, 1, 2])
    with pytest.raises(ValueError, match=r"below 2 \(the number of classes\), got 5"):
        scores.confusion_matrix([5], [0], 2)
    with pytest.raises(ValueError, match=r"weights must be \(2,\) as the labels, got \(1,\)"):
        scores.accuracy([0, 1], [0, 1], [1])
