"""Propagation against numbers worked by hand from Eq. 2 and 3, and against slow loops."""

import time

import numpy as np
import pytest

from labeller.config import PropagateConfig
from labeller.rounds.propagation import (
    LabelledNode,
    Propagation,
    combine,
    overlay,
    propagate,
)


def node(answer=7, label=2, confidence=0.8, members=(1, 3, 4), distance=(0.0, 1.0, 4.0), **more):
    values = {
        "members": np.array(members, np.int64),
        "euclidean": np.array(distance, np.float32),
        "mahalanobis": np.array(distance, np.float32) * 2,
        "posterior": np.linspace(1, 0.5, len(members), dtype=np.float32),
    }
    return LabelledNode(answer=answer, label=label, confidence=confidence, **{**values, **more})


def said(labels, weights, first=10):
    labels = np.array(labels, np.int64)
    known = labels >= 0
    return Propagation(
        labels=labels,
        weights=np.array(weights, np.float32),
        source=np.where(known, first + np.arange(len(labels)), -1),
        distance=np.where(known, np.float32(first), np.float32(np.nan)),
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # Eq. 2 and Eq. 3 with a = 0.5 and d = 0, 1, 4.
        ({"decay": "exponential", "scaled": False}, [0.8, 0.8 * 0.6065307, 0.8 * 0.1353353]),
        ({"decay": "gaussian", "scaled": False}, [0.8, 0.8 * 0.6065307, 0.8 * 0.00033546]),
        # The median is 1, so scaling changes nothing; of the Mahalanobis distances it is 2.
        ({"decay": "gaussian", "scaled": True}, [0.8, 0.8 * 0.6065307, 0.8 * 0.00033546]),
        (
            {"decay": "exponential", "scaled": True, "distance": "mahalanobis"},
            [0.8, 0.8 * 0.6065307, 0.8 * 0.1353353],
        ),
        (
            {"decay": "exponential", "scaled": False, "distance": "mahalanobis"},
            [0.8, 0.8 * 0.3678794, 0.8 * 0.0183156],
        ),
        ({"decay": "posterior"}, [0.8, 0.6, 0.4]),
        ({"decay": "uniform"}, [0.8, 0.8, 0.8]),
    ],
)
def test_weights_by_hand(settings, expected):
    result = propagate(6, [node()], PropagateConfig(a=0.5, **settings))
    np.testing.assert_allclose(result.weights[[1, 3, 4]], expected, rtol=1e-5)
    assert result.labels.tolist() == [-1, 2, -1, 2, 2, -1]
    assert result.source.tolist() == [-1, 7, -1, 7, 7, -1]
    assert (result.weights[[0, 2, 5]] == 0).all()
    assert np.isnan(result.distance[[0, 2, 5]]).all()
    assert result.coverage == 0.5
    dtypes = [a.dtype for a in (result.labels, result.weights, result.source, result.distance)]
    assert dtypes == [np.int64, np.float32, np.int64, np.float32]


def test_distance_is_the_one_that_was_used():
    result = propagate(6, [node()], PropagateConfig(distance="mahalanobis"))
    assert result.distance[[1, 3, 4]].tolist() == [0, 2, 8]


def test_a_of_zero_is_uniform():
    result = propagate(6, [node()], PropagateConfig(a=0))
    np.testing.assert_allclose(result.weights[[1, 3, 4]], 0.8)


@pytest.mark.parametrize("distance", [(0, 0, 0), (0, 0, 5), (2, 2, 2)])
def test_degenerate_distances_stay_in_range(distance):
    result = propagate(6, [node(distance=distance)], PropagateConfig())
    weights = result.weights[[1, 3, 4]]
    assert np.isfinite(weights).all()
    assert (weights <= 0.8 + 1e-6).all()
    if not any(distance):
        np.testing.assert_allclose(weights, 0.8)
    twice = propagate(6, [node(distance=2 * np.array(distance))], PropagateConfig())
    np.testing.assert_allclose(twice.weights[[1, 3, 4]], weights, rtol=1e-6)


def test_a_node_of_one_member_and_of_none():
    alone = node(members=(0,), distance=(0.0,))
    nobody = node(members=(), distance=())
    result = propagate(2, [alone, nobody], PropagateConfig())
    assert result.labels.tolist() == [2, -1]
    assert propagate(3, [], PropagateConfig()).labels.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([node(), node(members=(4, 5, 2))], "nodes must not share images, got 1 images in more"),
        ([node(members=(1, 3, 6))], "members must be between 0 and 5"),
        ([node(members=(-1, 3, 5))], "members must be between 0 and 5"),
        ([node(label=-1)], "label must be 0 or more, got -1"),
        ([node(confidence=1.5)], "confidence must be between 0 and 1, got 1.5"),
        ([node(posterior=np.ones(2))], r"must have the same length, got \[3, 3, 3, 2\]"),
    ],
)
def test_what_is_refused(nodes, message):
    with pytest.raises(ValueError, match=message):
        propagate(6, nodes, PropagateConfig())


@pytest.mark.parametrize("decay", ["exponential", "gaussian", "posterior", "uniform"])
def test_sixty_thousand_images_follow_a_slider(decay):
    draws = np.random.default_rng(0)
    parts = np.array_split(draws.permutation(60_000), 50)
    nodes = [
        node(answer=k, label=k % 10, members=part, distance=draws.random(len(part)))
        for k, part in enumerate(parts)
    ]
    spent = []
    for _ in range(20):
        start = time.process_time()
        propagate(60_000, nodes, PropagateConfig(decay=decay))
        spent.append(time.process_time() - start)
    assert min(spent) < 0.02


def test_combine_by_hand():
    earlier = said([1, 1, 1, -1, 1, -1], [0.5, 0.8, 0.4, 0, 0.3, 0], first=10)
    now = said([1, 2, 2, 2, -1, -1], [0.6, 0.5, 0.4, 0.7, 0, 0], first=20)
    both = combine([earlier, now], classes=3)
    assert both.labels.tolist() == [1, 1, 2, 2, 1, -1]
    # The greater of 0.5 and 0.6; 0.8 * 0.5 / 0.6; the tie 0.4 * 0.6 / 0.84 goes to the later.
    expected = [0.6, 2 / 3, 2 / 7, 0.7, 0.3, 0]
    np.testing.assert_allclose(both.weights, expected, rtol=1e-6)
    assert both.source.tolist() == [20, 11, 22, 23, 14, -1]
    np.testing.assert_array_equal(both.distance, np.float32([20, 10, 20, 20, 10, np.nan]))


def dempster(statements, classes):
    """The slow way: masses of {0}, {1}, ... and "all", joined one after the other."""
    mass = {**dict.fromkeys(range(classes), 0.0), "all": 1.0}
    for label, weight in statements:
        joined = dict.fromkeys(mass, 0.0)
        for a, held in mass.items():
            for b, new in ((label, weight), ("all", 1 - weight)):
                if a == "all" or b == "all" or a == b:
                    joined[b if a == "all" else a] += held * new
        total = sum(joined.values())
        mass = {key: value / total for key, value in joined.items()}
    return mass


def test_contradictions_are_joined_by_dempsters_rule():
    """Against the slow rule, given only the strongest statement for each class."""
    draws = np.random.default_rng(0)
    for _ in range(300):
        labels, weights = draws.integers(0, 3, 4), draws.random(4)
        strongest = {k: weights[labels == k].max() for k in set(labels.tolist())}
        mass = dempster(strongest.items(), 3)
        best = max(range(3), key=mass.__getitem__)
        got = combine([said([k], [w]) for k, w in zip(labels, weights, strict=True)], 3)
        assert got.labels[0] == best
        assert got.weights[0] == pytest.approx(mass[best], rel=1e-5)


def test_saying_a_thing_again_changes_nothing():
    draws = np.random.default_rng(1)
    once = [said(draws.integers(0, 3, 400), draws.random(400), first=100 * n) for n in range(3)]
    first, twice = combine(once, 3), combine([*once, *once], 3)
    np.testing.assert_array_equal(first.labels, twice.labels)
    np.testing.assert_allclose(first.weights, twice.weights, rtol=1e-6)
    backwards = combine(once[::-1], 3)
    np.testing.assert_array_equal(first.labels, backwards.labels)
    np.testing.assert_allclose(first.weights, backwards.weights, rtol=1e-6)


def test_contradiction_weakens_whatever_the_order():
    draws = np.random.default_rng(1)
    w1, w2 = draws.random((2, 500))
    greater = np.maximum(w1, w2).astype(np.float32)
    same = combine([said([0] * 500, w1), said([0] * 500, w2)], 1)
    np.testing.assert_allclose(same.weights, greater, rtol=1e-6)
    other = combine([said([0] * 500, w1), said([1] * 500, w2)], 2)
    assert (other.weights < greater).all()


def test_certain_answers_that_differ_leave_their_share():
    both = combine([said([0, 0], [1, 1]), said([1, 0], [1, 1])], 2)
    assert both.labels.tolist() == [1, 0]
    assert both.weights.tolist() == [0.5, 1]
    three = combine([said([k], [1]) for k in range(3)], 3)
    assert three.labels.tolist() == [2]
    assert three.weights[0] == pytest.approx(1 / 3)


def test_a_label_of_weight_zero_stays_a_label():
    both = combine([said([3], [0]), Propagation.empty(1)], 4)
    assert (both.labels[0], both.weights[0]) == (3, 0)
    assert combine([Propagation.empty(1), said([3], [0])], 4).labels[0] == 3


def test_combine_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"same number of images, got \[1, 2\]"):
        combine([Propagation.empty(1), Propagation.empty(2)], 2)
    with pytest.raises(
        ValueError, match=r"labels must be below 2 \(the number of classes\), got 5"
    ):
        combine([Propagation.empty(1), said([5], [0.5])], 2)
    with pytest.raises(ValueError, match="at least one, got 0"):
        combine([], 2)


def test_the_latest_statement_stands_where_rounds_ask_ever_closer():
    before, after = Propagation.empty(3), Propagation.empty(3)
    before.labels[:2], before.weights[:2], before.source[:2] = (1, 2), (0.99, 0.5), 7
    after.labels[0], after.weights[0], after.source[0] = 4, 0.6, 9
    found = overlay([before, after])
    assert found.labels.tolist() == [4, 2, -1]
    assert found.weights.tolist() == pytest.approx([0.6, 0.5, 0.0])
    assert found.source.tolist() == [9, 7, -1]
    assert before.labels.tolist() == [1, 2, -1]


def test_a_later_label_of_weight_zero_stands_too():
    """Who was asked closer said so, however little they believe it: a label is a label."""
    found = overlay([said([1, -1], [0.9, 0]), said([4, 3], [0, 0], first=9)])
    assert found.labels.tolist() == [4, 3]
    assert found.weights.tolist() == [0, 0]
    assert found.source.tolist() == [9, 10]


def test_overlaid_statements_are_of_the_same_images():
    with pytest.raises(ValueError, match="same number of images"):
        overlay([Propagation.empty(3), Propagation.empty(4)])
