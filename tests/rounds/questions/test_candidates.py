"""Which images a later round asks about, and which answers it asks again."""

import numpy as np
import pytest

from labeller.config import AskConfig, ClusterConfig, RoundConfig
from labeller.rounds.questions.candidates import Candidates, clusters_among, most_uncertain
from labeller.rounds.questions.rechecks import LabelledNode, reason, suspects
from labeller.rounds.questions.uncertainty import (
    disagreement,
    merged_belief,
    unanswered,
    uncertainty,
)


@pytest.mark.parametrize(
    ("count", "share", "kept"), [(60_000, 0.1, 6000), (1437, 0.1, 1000), (50, 0.1, 50)]
)
def test_how_many_images_are_uncertain(count, share, kept):
    uncertainty = np.random.default_rng(0).random(count)
    rows = most_uncertain(uncertainty, AskConfig(share=share))
    assert len(rows) == kept
    assert (np.diff(rows) > 0).all()
    others = np.setdiff1d(np.arange(count), rows)
    if len(others):
        assert uncertainty[rows].min() >= uncertainty[others].max()


def test_an_image_among_others_of_another_class_is_doubted():
    features = np.concatenate([np.zeros((30, 3)), np.full((30, 3), 9.0)]).astype(np.float32)
    features += np.random.default_rng(0).normal(0, 0.1, features.shape).astype(np.float32)
    predictions = np.repeat([0, 1], 30)
    predictions[4] = 1
    found = disagreement(features, predictions)
    assert found[4] == 1.0
    assert found[30:].max() == 0.0
    assert 0 < found[:30].mean() < 0.2


def test_a_class_without_a_cluster_casts_doubt_on_one_with_two():
    said = [
        LabelledNode("1", 0, 100),
        LabelledNode("2", 1, 90),
        LabelledNode("3", 1, 110),
        LabelledNode("4", 3, 95),
    ]
    assert suspects(said, [2]) == ["2", "3"]
    assert suspects(said, []) == []  # no class is missing
    small = [*said[:2], LabelledNode("3", 1, 20), said[3]]
    assert suspects(small, [2]) == []  # a splinter is no class of its own
    assert suspects([], [1]) == []
    half = [LabelledNode("1", 1, 100), LabelledNode("2", 1, 50), LabelledNode("3", 0, 100)]
    assert suspects(half, [2]) == ["1", "2"]  # from half of the median size


def test_the_reason_names_the_class_and_what_is_missing():
    names = {0: "cat", 1: "dog", 2: "cow"}
    assert reason(1, [0, 2], names).endswith("another large group dog, and no group cat, cow yet.")


def test_uncertainty_by_hand():
    """1 - belief, or certainty where nothing is believed; half the neighbours' disagreement."""
    belief = np.array([[0.9, 0.1], [0.2, 0.8], [0.0, 0.0], [0.6, 0.4]], np.float32)
    predictions, certainty = np.array([0, 0, 1, 0]), np.array([0.5, 0.5, 0.7, 0.5])
    other = np.array([0.0, 1.0, 0.2, 0.2])
    found = uncertainty(belief, predictions, certainty, other)
    np.testing.assert_allclose(found, [0.1, 1.0, 0.4, 0.5], atol=1e-6)
    assert found.dtype == np.float32


def test_what_was_answered_since_is_settled():
    given = [np.array([0.0, 0.5, 1.0]), np.array([0.2, 0.1, 0.0])]
    np.testing.assert_allclose(unanswered(3, given), [0.8, 0.5, 0.0])
    assert unanswered(2, []).tolist() == [1, 1]


def test_a_merged_class_is_believed_as_the_one_it_counts_as():
    belief = np.array([[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(merged_belief(belief, {1: 0, 7: 2}), [[0.5, 0.0, 0.5]])
    assert belief[0, 1] == 0.3  # the caller's stays


def test_the_algorithm_of_later_rounds_is_the_one_that_is_set():
    config = RoundConfig(
        cluster=ClusterConfig(algorithm="gmm", covariance="tied"), ask=AskConfig(clusters=40)
    )
    found = clusters_among(config, 1000)
    assert (found.algorithm, found.clusters, found.own) == ("kmeans", 40, {})
    assert clusters_among(config, 50).clusters == 10  # five images a cluster at the least
    same = config.model_copy(update={"ask": AskConfig(algorithm="gmm")})
    assert clusters_among(same, 1000).own == {"covariance": "tied"}


def test_what_is_asked_elsewhere_is_taken_out_with_its_points():
    """And no more clusters are made of what is left than have five images each."""
    rows = np.arange(0, 120, 2)
    points, cluster = rows[:, None] + [0.0, 0.5], ClusterConfig(algorithm="kmeans", clusters=11)
    whole = Candidates(rows, points, cluster, None)
    left = whole.without(np.array([0, 3, 4, 118]))  # 3 is no candidate
    assert left.rows.tolist() == [2, *range(6, 118, 2)]
    np.testing.assert_array_equal(left.points[:, 0], left.rows)
    assert left.cluster.clusters == 11
    assert whole.without(rows[:20]).cluster.clusters == 8
    assert whole.without(rows[:57]).cluster.clusters == 2
    assert len(whole.rows) == 60
