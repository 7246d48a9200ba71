"""Strategies that cover the pool, and the one that drops features, on points made by hand."""

import numpy as np
import pytest

from labeller.experiments.label_efficiency.strategies import Candidates, choose, covering, dropping
from labeller.experiments.label_efficiency.strategies.candidates import shortlist


def islands(sizes, far=10.0, spread=0.1, seed=0):
    """Points around so many axes, the island (n,) of each; no labels."""
    island = np.repeat(np.arange(len(sizes)), sizes)
    draws = np.random.default_rng(seed).normal(0, spread, (len(island), len(sizes)))
    return (draws + far * np.eye(len(sizes))[island]).astype(np.float32), island


def unlabelled(points, classes=3):
    return Candidates(points, np.full(len(points), -1), classes)


def test_probcover_covers_the_densest_ball_first():
    points, island = islands((10, 30, 20))
    rows = choose("probcover", unlabelled(points), 3, seed=0)
    assert island[rows].tolist() == [1, 2, 0]
    labels = np.full(60, -1)
    labels[island.tolist().index(1)] = 1  # the largest is covered by its first image
    rows = choose("probcover", Candidates(points, labels, 3), 2, seed=0)
    assert island[rows].tolist() == [2, 0]


def test_the_radius_of_probcover_is_the_largest_at_which_95_per_cent_of_the_balls_are_pure():
    points = np.array([[0.0], [1], [2], [10], [11], [12]])
    clusters = np.array([0, 0, 0, 1, 1, 1])
    assert covering._pure_radius(points, clusters) == pytest.approx(8, rel=1e-5)
    # Two of forty balls may be impure: those of the two images beside each other.
    line = np.concatenate([np.arange(20.0), np.arange(19.5, 39.5)])[:, None]
    found = covering._pure_radius(line, np.repeat([0, 1], 20))
    assert found < 1.5
    assert found == pytest.approx(1.5, rel=1e-5)
    assert covering._pure_radius(points, np.zeros(6)) >= 12  # one cluster: all is pure


def test_max_herding_takes_the_image_most_like_all_others_then_what_is_not_covered():
    points, island = islands((10, 30, 20), spread=0.5)
    rows = choose("maxherding", unlabelled(points), 3, seed=0)
    assert island[rows].tolist() == [1, 2, 0]
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    kernel = np.exp(-((unit[:, None] - unit) ** 2).sum(axis=2))
    assert rows[0] == kernel.sum(axis=0).argmax()
    gains = np.maximum(kernel - kernel[rows[0]], 0).sum(axis=1)
    assert rows[1] == gains.argmax()


def test_uherding_avoids_what_is_covered_and_prefers_what_is_uncertain():
    points, island = islands((15, 15, 15, 15))
    labels = np.full(60, -1)
    labels[0] = 0
    margins = np.array([0.0, 0.9, 0.2, 0.5])[island]  # the covered island is the least certain
    said = np.stack([(1 + margins) / 2, (1 - margins) / 2], axis=1)
    rows = choose("uherding", Candidates(points, labels, 2, said), 3, seed=0)
    assert island[rows].tolist() == [2, 3, 1]


def test_the_radius_of_uherding_shrinks_to_the_nearest_two_labels():
    points = np.array([[1, 0], [0, 1], [0.6, 0.8], [1, 0]], np.float32)
    assert covering._radius(Candidates(points, np.array([0, -1, -1, -1]), 2)) == 1
    assert covering._radius(Candidates(points, np.array([0, 1, -1, -1]), 2)) == 1
    near = covering._radius(Candidates(points, np.array([0, 1, 0, -1]), 2))
    assert near == pytest.approx(np.hypot(0.6, 0.2))
    twice = covering._radius(Candidates(points, np.array([0, 1, 0, 0]), 2))
    assert twice == pytest.approx(near)  # the same picture twice is no scale


def test_dropquery_begins_at_the_centres_of_clusters():
    points, island = islands((20, 30, 10))
    rows = choose("dropquery", unlabelled(points), 3, seed=0)
    assert sorted(island[rows]) == [0, 1, 2]
    for row in rows:
        own = points[island == island[row]]
        away = np.linalg.norm(own - own.mean(axis=0), axis=1)
        assert np.linalg.norm(points[row] - own.mean(axis=0)) == pytest.approx(away.min())


def test_dropquery_takes_from_changed_predictions_only():
    draws = np.random.default_rng(0)
    pattern = draws.choice([-1.0, 1.0], 64)
    sure = np.outer(np.repeat([1.0, -1.0], 40), pattern)
    unsure = draws.normal(0, 1, (20, 64))
    unsure -= np.outer(unsure @ pattern, pattern) / 64 * 0.999
    points = np.vstack([sure, unsure]) / 8
    labels = np.full(100, -1)
    labels[[0, 1, 40, 41]] = [0, 0, 1, 1]
    known = Candidates(points.astype(np.float32), labels, 2)
    changed = dropping._changed(known, np.arange(100), np.random.RandomState(0))
    assert (changed[:80] == 0).all()
    assert (changed[80:] > 0.5).sum() >= 5
    rows = choose("dropquery", known, 4, seed=0)
    assert (rows >= 80).all()
    # Where fewer changed than are asked for, the others fill up.
    assert len(set(choose("dropquery", known, 60, seed=0))) == 60


def test_a_large_pool_is_compared_in_part_and_labels_always_take_part(monkeypatch):
    points, _ = islands((100, 100, 100))
    labels = np.full(300, -1)
    labels[[5, 299]] = [0, 2]
    known = Candidates(points, labels, 3)
    rows = shortlist(known, 50, np.random.RandomState(0))
    assert len(rows) == 52
    assert {5, 299} <= set(rows)
    assert (np.diff(rows) > 0).all()
    monkeypatch.setattr(covering, "MOST", 50)
    for strategy in ("probcover", "maxherding", "uherding"):
        chosen = choose(strategy, known, 40, seed=0)
        assert len(set(chosen)) == 40
        assert (labels[chosen] == -1).all()
