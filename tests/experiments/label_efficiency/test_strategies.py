"""What each strategy chooses, against what its definition says of small cases."""

import builtins

import numpy as np
import pytest

from labeller.errors import StateError
from labeller.experiments.label_efficiency.strategies import (
    ASK_THE_STUDENT,
    BEGIN_AT_RANDOM,
    STRATEGIES,
    Candidates,
    choose,
    classical,
)

pytest.importorskip("skactiveml", reason="needs scikit-activeml, of the extra benchmark")

UNCERTAINTY = ("least-confidence", "margin", "entropy")


def pool(count=60, seed=0):
    """Three far islands of latents, random class probabilities, a few labels."""
    draws = np.random.default_rng(seed)
    latents = draws.normal(0, 0.3, (count, 4)) + 10 * np.eye(3, 4)[np.arange(count) % 3]
    labels = np.full(count, -1)
    labels[[0, 3]] = 0
    return Candidates(latents.astype(np.float32), labels, 5, draws.dirichlet(np.ones(5), count))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_contract(strategy):
    known = pool()
    rows = choose(strategy, known, 7, seed=3)
    assert rows.shape == (7,)
    assert rows.dtype == np.int64
    assert len(set(rows)) == 7
    assert (known.labels[rows] == -1).all()
    np.testing.assert_array_equal(rows, choose(strategy, known, 7, seed=3))
    everything = choose(strategy, known, 58, seed=0)
    assert sorted(everything) == [row for row in range(60) if row not in (0, 3)]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_begins_without_a_label(strategy):
    known = pool()
    empty = Candidates(known.latents, np.full(60, -1), 5)
    rows = choose(strategy, empty, 5, seed=1)
    assert len(set(rows)) == 5
    np.testing.assert_array_equal(rows, choose(strategy, empty, 5, seed=1))
    if strategy in BEGIN_AT_RANDOM:
        np.testing.assert_array_equal(rows, choose("random", empty, 5, seed=1))


@pytest.mark.parametrize("strategy", sorted(ASK_THE_STUDENT))
def test_what_the_student_says_matters(strategy):
    known = pool()
    sure = np.full((60, 5), 1e-6)
    sure[:, 0] = 1 - 4e-6
    sure[7] = 0.2
    other = Candidates(known.latents, known.labels, 5, sure)
    assert 7 in choose(strategy, other, 1, seed=0)
    assert 7 not in choose(strategy, known, 1, seed=0)


@pytest.mark.parametrize("strategy", UNCERTAINTY)
def test_uncertainty_ranks_as_its_equation_does(strategy):
    known = pool()
    probabilities = known.probabilities
    best = np.sort(probabilities, axis=1)
    scores = {
        "least-confidence": 1 - best[:, -1],
        "margin": 1 - (best[:, -1] - best[:, -2]),
        "entropy": -(probabilities * np.log(probabilities)).sum(axis=1),
    }[strategy].copy()
    scores[known.labels >= 0] = -np.inf
    assert set(choose(strategy, known, 6, seed=0)) == set(np.argsort(-scores)[:6])


def test_core_set_takes_the_farthest_first():
    known = pool()
    rows = choose("core-set", known, 2, seed=0)
    # Both labels lie in island 0: the two islands without one come first.
    assert set(rows % 3) == {1, 2}
    distance = np.linalg.norm(known.latents[:, None] - known.latents[[0, 3]], axis=2).min(axis=1)
    assert rows[0] == distance.argmax()


def test_typiclust_takes_the_middle_of_islands_without_a_label():
    draws = np.random.default_rng(0)
    island = np.arange(90) % 3
    latents = draws.normal(0, 1, (90, 4)) + 100 * np.eye(3, 4)[island]
    labels = np.full(90, -1)
    labels[0] = 0
    rows = choose("typiclust", Candidates(latents.astype(np.float32), labels, 3), 2, seed=0)
    assert set(rows % 3) == {1, 2}
    for row in rows:
        own = latents[island == island[row]]
        spread = np.linalg.norm(own - own.mean(axis=0), axis=1)
        assert np.linalg.norm(latents[row] - own.mean(axis=0)) < np.median(spread)


def test_tcm_begins_with_the_typical_and_goes_on_with_the_margin():
    known = pool()
    begun = choose("tcm", Candidates(known.latents, np.full(60, -1), 5), 3, seed=0)
    assert sorted(begun % 3) == [0, 1, 2]
    assert set(choose("tcm", known, 6, seed=0)) == set(choose("margin", known, 6, seed=0))


def test_badge_starts_from_the_largest_gradient_and_avoids_what_is_sure():
    known = pool()
    sure = np.full((60, 5), 1e-6)
    sure[:, 0] = 1 - 4e-6
    sure[10:20] = known.probabilities[10:20]
    rows = choose("badge", Candidates(known.latents, known.labels, 5, sure), 8, seed=0)
    assert set(rows) <= set(range(10, 20))
    error = sure - np.eye(5)[sure.argmax(axis=1)]
    norm = np.linalg.norm(error, axis=1) * np.linalg.norm(known.latents, axis=1)
    norm[known.labels >= 0] = 0
    assert rows[0] == norm.argmax()


def test_badge_compares_as_many_images_as_memory_has_room_for(monkeypatch):
    known = pool()
    monkeypatch.setattr(classical, "GRADIENTS", 20 * 5 * 4)
    rows = choose("badge", known, 20, seed=0)  # all that are drawn
    assert len(set(rows)) == 20
    assert (known.labels[rows] == -1).all()
    assert len(set(choose("badge", known, 30, seed=0))) == 30


def test_half_precision_probabilities_are_good_enough():
    known = pool()
    rough = known.probabilities.astype(np.float16).astype(np.float32) * 1.002
    assert len(choose("entropy", Candidates(known.latents, known.labels, 5, rough), 3, seed=0)) == 3


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"strategy must be one of random, .*, got best"):
        choose("best", pool(), 1, seed=0)
    for count in (0, 59):
        with pytest.raises(ValueError, match=f"count must be between 1 and 58 .*, got {count}"):
            choose("random", pool(), count, seed=0)


def test_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def missing(name, *more):
        if name.startswith("skactiveml"):
            raise ImportError(name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(StateError, match=r"pip install 'labeller\[benchmark\]'"):
        choose("random", pool(), 1, seed=0)
