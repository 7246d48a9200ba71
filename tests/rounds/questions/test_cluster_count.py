"""The number of clusters: right on blobs, a default without structure, never below the classes."""

import numpy as np
import pytest

from labeller.config import ClusterConfig
from labeller.rounds.questions.cluster_count import DEFAULT, cluster_counts, suggested


def blobs(count, size=60, seed=0):
    draws = np.random.default_rng(seed)
    centres = draws.normal(size=(count, 5)) * 30
    return (np.repeat(centres, size, axis=0) + draws.normal(size=(count * size, 5))).astype("f4")


@pytest.mark.parametrize("algorithm", ["gmm", "kmeans"])
@pytest.mark.parametrize("count", [5, 9, 12])
def test_as_many_clusters_as_there_are_blobs(count, algorithm):
    config = ClusterConfig(algorithm=algorithm, covariance="spherical")
    found = cluster_counts(blobs(count), config)
    assert found.reason == "stable"
    assert count <= found.best <= count + 2
    place = found.counts.index(count)
    assert found.silhouette[place] == max(found.silhouette)
    assert found.stability[place] > 0.9


def test_bic_is_least_at_the_number_of_gaussians():
    found = cluster_counts(blobs(9, size=100), ClusterConfig(covariance="spherical"))
    assert found.counts[int(np.argmin(found.bic))] in (9, 10)


def test_points_without_groups_get_the_default():
    points = np.random.default_rng(1).normal(size=(600, 8))
    found = cluster_counts(points, ClusterConfig(algorithm="kmeans"))
    assert (found.best, found.reason) == (DEFAULT, "default")
    assert "no clear groups" in found.explanation
    more = cluster_counts(points, ClusterConfig(algorithm="kmeans"), counts=[4], at_least=30)
    assert (more.best, more.reason) == (45, "default")


def test_there_are_never_fewer_clusters_than_known_classes():
    found = cluster_counts(blobs(6), ClusterConfig(algorithm="kmeans"), at_least=20)
    assert found.best >= 20
    assert suggested((4, 5), (0.9, 0.8), (1.0, 0.5), at_least=7) == (7, "classes")


def test_the_largest_stable_number_wins():
    counts, silhouette = (4, 8, 12, 16), (0.3, 0.8, 0.6, 0.4)
    assert suggested(counts, silhouette, (0.5, 1.0, 0.91, 0.89)) == (12, "stable")
    assert suggested(counts, silhouette, (0.5, 0.8, 0.4, 0.75)) == (16, "stable")
    assert suggested(counts, (0.3, 0.49, 0.4, 0.4), (1.0, 1.0, 1.0, 1.0)) == (16, "default")


@pytest.mark.parametrize("points", [np.zeros((50, 3)), np.eye(7), np.ones((2, 2))])
def test_degenerate_points_get_a_number_that_they_allow(points):
    found = cluster_counts(points, ClusterConfig())
    assert 2 <= found.best <= len(points)
    assert np.isfinite([*found.bic, *found.silhouette, *found.stability]).all()


def test_the_same_seed_gives_the_same_scores_and_leaves_the_points_alone():
    points = blobs(5)
    before = points.copy()
    first, second = (cluster_counts(points, ClusterConfig(), seed=3) for _ in range(2))
    assert first == second
    np.testing.assert_array_equal(points, before)


def test_progress_is_reported_for_each_number():
    heard = []
    cluster_counts(blobs(5), ClusterConfig(algorithm="kmeans"), counts=[5, 4], report=heard.append)
    assert [event.message for event in heard] == ["trying 4 clusters", "trying 5 clusters"]


@pytest.mark.parametrize("counts", [[], [1, 4], [301]])
def test_numbers_out_of_range_are_refused(counts):
    with pytest.raises(ValueError, match=r"counts must be between 2 and 300 .*got"):
        cluster_counts(blobs(5), ClusterConfig(), counts=counts)


def test_at_least_must_make_sense():
    with pytest.raises(ValueError, match="at_least must be 2 or more, got 1"):
        cluster_counts(blobs(5), ClusterConfig(), at_least=1)
