"""The labelling with the largest margin: gaps instead of middles, sizes, and the gradient."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from labeller.config import ClusterConfig
from labeller.rounds.clusterers import cluster
from labeller.rounds.clusterers.task_encoder import Labelling


def settings(clusters, **own):
    return ClusterConfig(algorithm="max-margin", clusters=clusters, **own)


def sausages():
    """Two long groups side by side: the gap lies along them, the middles of k-means across."""
    draws = np.random.default_rng(0)
    along = draws.uniform(-3, 3, 400)
    beside = np.repeat([-1.0, 1.0], 200) + draws.normal(0, 0.1, 400)
    return np.column_stack([along, beside]), np.repeat([0, 1], 200)


def test_it_cuts_along_the_gap_where_k_means_cuts_across_the_groups():
    points, groups = sausages()
    middles = cluster(points, ClusterConfig(algorithm="kmeans", clusters=2))
    assert adjusted_rand_score(groups, middles.assignment) < 0.2
    found = cluster(points, settings(2, starts=3))
    assert adjusted_rand_score(groups, found.assignment) > 0.95


@pytest.fixture(scope="module")
def unequal():
    draws = np.random.default_rng(0)
    groups = np.repeat([0, 1, 2], [260, 100, 20])
    return np.eye(8)[groups] * 4 + draws.normal(0, 0.5, (380, 8)), groups


def test_groups_of_unequal_size_stay_so(unequal):
    points, groups = unequal
    found = cluster(points, settings(3, starts=3))
    assert np.bincount(found.assignment).tolist() == [260, 100, 20]
    assert adjusted_rand_score(groups, found.assignment) == 1


def test_a_strict_balance_makes_groups_of_one_size():
    points = np.random.default_rng(0).normal(size=(400, 3)) * [4, 1, 1]
    points[:, 0] = np.abs(points[:, 0]) ** 1.5  # dense at one end
    loose, strict = (cluster(points, settings(2, balance=b, starts=3)) for b in (0, 1))
    sizes = [np.bincount(found.assignment, minlength=2) for found in (loose, strict)]
    assert sizes[0].max() > 1.3 * sizes[0].min()
    assert sizes[1].max() < 1.1 * sizes[1].min()


def test_two_spaces_are_labelled_together():
    """From a start that is half wrong, in spaces of different size."""
    draws = np.random.default_rng(0)
    groups = np.repeat(np.arange(3), 50)
    spaces = [
        (np.eye(size)[groups] * 2 + draws.normal(0, 0.2, (150, size))).astype(np.float32)
        for size in (3, 5)
    ]
    wrong = np.where(draws.random(150) < 0.5, draws.integers(3, size=150), groups)
    starts = []
    for points in spaces:
        centres = np.stack([points[wrong == k].mean(axis=0) for k in range(3)])
        starts.append((2 * centres.T, -(centres**2).sum(axis=1), 1.0))
    labelling = Labelling([starts], 1.0)
    before = labelling.losses(spaces)
    for _ in range(100):
        labelling.step(spaces, draws)
    assert labelling.losses(spaces) < before / 2
    found = labelling.best(spaces).probabilities(spaces)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    assert adjusted_rand_score(groups, found.argmax(axis=1)) == 1


def test_the_loss_is_that_of_the_paper():
    """Two points, two groups, worked by hand: tau = p = (0.8, 0.2) and (0.2, 0.8)."""
    score = np.log(4.0)
    weights = np.array([[score / 2, -score / 2]])
    points = np.array([[1.0], [-1.0]], np.float32)
    loss = Labelling([[(weights, np.zeros(2), 1.0)]], 0.5).losses([points])
    entropy = -(0.8 * np.log(0.8) + 0.2 * np.log(0.2))
    np.testing.assert_allclose(loss, [entropy - 0.5 * np.log(2)], rtol=1e-5)


def test_the_start_of_lowest_loss_is_kept():
    sharp, flat = ((np.array([[s, -s]]), np.zeros(2), 1.0) for s in (4.0, 0.1))
    points = np.array([[1.0], [-1.0]], np.float32)
    for starts in ([[sharp], [flat]], [[flat], [sharp]]):
        kept = Labelling(starts, 1.0).best([points]).probabilities([points])
        np.testing.assert_allclose(kept.max(axis=1), 1 / (1 + np.exp(-8)), rtol=1e-5)


def test_progress_is_reported_to_the_end(unequal):
    events = []
    cluster(unequal[0], settings(3, steps=40, starts=2), report=events.append)
    assert {event.stage for event in events} == {"cluster"}
    assert (events[-1].done, events[-1].total) == (40, 40)


@pytest.mark.parametrize("wrong", [{"balance": 1.5}, {"starts": 0}, {"steps": 3}])
def test_settings_are_bounded(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        cluster(np.eye(3), settings(2, **wrong))
