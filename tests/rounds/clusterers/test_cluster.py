"""Clusters: recovered islands, shapes, edge cases."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.metrics import adjusted_rand_score

from labeller.config import ClusterConfig
from labeller.rounds.clusterers import cluster

CORNERS = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0]])
EVERY = [
    ("kmeans", "full"),
    ("gmm", "full"),
    ("gmm", "tied"),
    ("gmm", "diag"),
    ("gmm", "spherical"),
]


def islands(sizes=(60, 50, 40), seed=0):
    draws = np.random.default_rng(seed)
    parts = [corner + draws.normal(size=(n, 3)) for corner, n in zip(CORNERS, sizes, strict=True)]
    return np.concatenate(parts).astype(np.float32), np.repeat([0, 1, 2], sizes)


def settings(algorithm="gmm", covariance="full", clusters=3):
    return ClusterConfig(algorithm=algorithm, covariance=covariance, clusters=clusters)


@pytest.mark.parametrize(("algorithm", "covariance"), EVERY)
def test_islands_are_found_in_the_order_of_their_size(algorithm, covariance):
    points, truth = islands()
    found = cluster(points, settings(algorithm, covariance))
    assert adjusted_rand_score(truth, found.assignment) == 1
    assert np.bincount(found.assignment).tolist() == [60, 50, 40]
    np.testing.assert_allclose(found.centres, CORNERS, atol=0.5)
    assert found.responsibility.shape == (150, 3)
    np.testing.assert_allclose(found.responsibility.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(found.responsibility.argmax(axis=1), found.assignment)
    assert found.precision.shape == (3, 3, 3)
    # Unit variance in each direction, so the precision is near the identity.
    np.testing.assert_allclose(found.precision, np.broadcast_to(np.eye(3), (3, 3, 3)), atol=0.8)
    dtypes = [found.centres.dtype, found.responsibility.dtype, found.precision.dtype]
    assert dtypes == [np.float32] * 3
    assert found.assignment.dtype == np.int64


def test_posterior_is_that_of_the_mixture():
    """Against Bayes' rule over densities, with means and covariances as returned."""
    draws = np.random.default_rng(0)
    points = np.concatenate([draws.normal(0, 1, (200, 2)), draws.normal(2.5, 1, (200, 2))])
    found = cluster(points, settings(clusters=2))
    sizes = found.responsibility.mean(axis=0)
    density = np.stack(
        [
            share * multivariate_normal(centre, np.linalg.inv(precision)).pdf(points)
            for share, centre, precision in zip(sizes, found.centres, found.precision, strict=True)
        ],
        axis=1,
    )
    expected = density / density.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.responsibility, expected, atol=0.02)


@pytest.mark.parametrize(("algorithm", "covariance"), EVERY)
def test_the_unit_of_the_space_does_not_matter(algorithm, covariance):
    points, _ = islands()
    near, far = (
        cluster(points * unit + shift, settings(algorithm, covariance))
        for unit, shift in ((1, 0), (1e-3, 5))
    )
    np.testing.assert_array_equal(near.assignment, far.assignment)
    np.testing.assert_allclose(near.precision, far.precision * 1e-6, rtol=0.05, atol=0.01)


@pytest.mark.parametrize("algorithm", ["kmeans", "gmm"])
def test_same_seed_same_clusters(algorithm):
    points = np.random.default_rng(0).normal(size=(300, 4))
    first, second = (cluster(points, settings(algorithm, clusters=7), seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.responsibility, second.responsibility)
    np.testing.assert_array_equal(first.centres, second.centres)


@pytest.mark.parametrize(("algorithm", "covariance"), EVERY)
def test_as_many_clusters_as_points(algorithm, covariance):
    points = np.arange(12, dtype=np.float32).reshape(6, 2) ** 2
    found = cluster(points, settings(algorithm, covariance, clusters=6))
    assert found.count <= 6
    assert np.bincount(found.assignment).min() >= 1
    if algorithm == "kmeans":
        assert found.count == 6
    for part in (found.centres, found.precision, found.responsibility):
        assert np.isfinite(part).all()


@pytest.mark.parametrize(("algorithm", "covariance"), EVERY)
def test_repeated_points_give_no_empty_cluster(algorithm, covariance):
    points = np.repeat(np.array([[0.0, 0], [5, 5]]), [30, 10], axis=0)
    found = cluster(points, settings(algorithm, covariance, clusters=8))
    assert np.bincount(found.assignment).tolist() == [30, 10]
    assert np.isfinite(found.precision).all()


@pytest.mark.parametrize(("algorithm", "covariance"), EVERY)
def test_equal_points_are_one_cluster(algorithm, covariance):
    found = cluster(np.full((20, 3), 4.0), settings(algorithm, covariance, clusters=5))
    assert found.count == 1
    np.testing.assert_allclose(found.centres, 4)
    assert np.isfinite(found.precision).all()


def test_a_cluster_of_one_image_has_a_precision():
    points = np.concatenate([np.random.default_rng(0).normal(size=(50, 2)), [[100, 100]]])
    found = cluster(points, settings("kmeans", clusters=2))
    assert np.bincount(found.assignment).tolist() == [50, 1]
    assert (np.linalg.eigvalsh(found.precision) > 0).all()


def test_a_flat_direction_does_not_break_the_mixture():
    points, truth = islands()
    flat = np.concatenate([points, np.zeros((150, 5)), points[:, :1] * 2], axis=1)
    found = cluster(flat, settings())
    assert adjusted_rand_score(truth, found.assignment) == 1


def test_a_start_on_a_sample_ends_on_all_points():
    points, truth = islands(sizes=(6000, 5000, 4000))
    found = cluster(points, settings())
    assert adjusted_rand_score(truth, found.assignment) == 1
    np.testing.assert_allclose(found.centres, CORNERS, atol=0.1)


def test_the_best_of_several_starts_of_a_mixture_is_kept():
    """About one start in four takes two of twenty islands for one, and stays there."""
    truth = np.repeat(np.arange(20), 15)
    corners = 8 * np.column_stack([truth % 5, truth // 5])
    points = corners + np.random.default_rng(0).normal(size=(300, 2))
    for seed in range(8):
        found = cluster(points, settings(clusters=20), seed=seed)
        assert adjusted_rand_score(truth, found.assignment) == 1


def test_progress_is_reported_to_the_end():
    events = []
    cluster(islands()[0], settings(), report=events.append)
    assert {event.stage for event in events} == {"cluster"}
    assert events[-1].done == events[-1].total


@pytest.mark.parametrize(
    ("points", "clusters", "message"),
    [
        (
            np.zeros((350, 2)),
            500,
            r"^clusters must be between 2 and 350 \(the number of images\), got 500$",
        ),
        (np.zeros((2, 2)), 3, "clusters must be between 2 and 2 "),
        (np.array([[0.0, np.nan], [1, 1]]), 2, "points must be finite numbers, got NaN or inf"),
        (np.zeros(5), 2, r"points must be an array \(N, D\) with N, D >= 1, got \(5,\)"),
        (np.zeros((0, 5)), 2, r"got \(0, 5\)"),
    ],
)
def test_what_is_refused(points, clusters, message):
    with pytest.raises(ValueError, match=message):
        cluster(points, settings(clusters=clusters))
