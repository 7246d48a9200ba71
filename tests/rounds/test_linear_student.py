"""How the linear student learns: what it trusts, and that no card is on both sides of a choice."""

import numpy as np
import pytest

from labeller.rounds import linear_student
from labeller.rounds.linear_student import PENALTIES, TRUSTS, LabelledSet, learn


def labelled_set(answers=20, each=30, wrong=0.0, seed=0):
    """Three groups in ten dimensions; each answer is about `each` images of one, five of them seen.

    Of the others a share `wrong` belongs to another class than the answer says.
    """
    draws = np.random.default_rng(seed)
    middles = 4 * draws.standard_normal((3, 10))
    said = np.repeat(np.arange(answers) % 3, each)
    seen = np.tile(np.arange(each) < 5, answers)
    strange = ~seen & (draws.random(len(said)) < wrong)
    true = np.where(strange, (said + 1) % 3, said)
    points = middles[true] + draws.standard_normal((len(said), 10))
    numbers = np.repeat(np.arange(answers), each)
    weights = np.where(seen, 1.0, 0.5)
    return LabelledSet(points.astype(np.float32), said, weights, numbers, seen), middles


def says(found, points):
    return (points @ found.weight.T + found.bias).argmax(axis=1)


def test_it_tells_the_groups_and_never_a_class_without_images():
    taught, middles = labelled_set()
    found = learn(taught, classes=5)
    assert (says(found, middles) == [0, 1, 2]).all()
    assert found.weight.shape == (5, 10)
    assert not np.isin(
        says(found, 100 * np.random.default_rng(1).standard_normal((99, 10))), [3, 4]
    ).any()


def test_seen_images_outvote_guesses_that_are_mostly_wrong():
    taught, middles = labelled_set(answers=6, wrong=0.9)
    assert (says(learn(taught, 3), middles) == [0, 1, 2]).all()
    blind = LabelledSet(**{**vars(taught), "seen": np.zeros(len(taught), bool)})
    assert (says(learn(blind, 3), middles) != [0, 1, 2]).any()


def test_few_answers_choose_nothing():
    found = learn(labelled_set(answers=6)[0], 3)
    assert (found.penalty, found.trust) == (PENALTIES[0], TRUSTS[0])


def test_many_answers_choose_to_trust_what_was_seen_where_guesses_mislead():
    assert learn(labelled_set(answers=30, wrong=0.9)[0], 3).trust == max(TRUSTS)
    assert learn(labelled_set(answers=30, wrong=0.9)[0], 3, choose=False).trust == TRUSTS[0]


def test_no_answer_is_on_both_sides(monkeypatch):
    taught, _ = labelled_set(answers=16)
    fitted = linear_student._fitted
    used = []
    monkeypatch.setattr(
        linear_student,
        "_fitted",
        lambda some, *rest: used.append(set(some.answers)) or fitted(some, *rest),
    )
    learn(taught, 3)
    folds = used[:-1]  # the last is the final one, of all answers
    assert all(len(one) == 12 for one in folds)
    assert set.union(*folds) == set(range(16)) == used[-1]


def test_an_empty_lesson_is_refused():
    taught, _ = labelled_set()
    with pytest.raises(ValueError, match="labelled images"):
        learn(taught.among(np.zeros(len(taught), bool)), 3)


def test_the_scale_of_the_points_does_not_matter():
    taught, _ = labelled_set(answers=6)
    scaled = LabelledSet(**{**vars(taught), "points": 50 * taught.points})
    one, other = learn(taught, 3), learn(scaled, 3)
    assert (says(one, taught.points) == says(other, scaled.points)).mean() > 0.99


def test_few_images_are_learned_in_their_span_as_in_all_of_space():
    """30 points in 100 dimensions, and the same points in the 30 that they span."""
    draws = np.random.default_rng(0)
    points = draws.standard_normal((30, 100)).astype(np.float32)
    points[np.arange(30), np.arange(30) % 3] += 3
    basis = np.linalg.qr(points.T)[0].astype(np.float32)
    said = []
    for seen in (points, points @ basis):
        labelled_set = LabelledSet(
            seen, np.arange(30) % 3, np.ones(30, np.float32), np.arange(30), np.ones(30, bool)
        )
        found = learn(labelled_set, 3)
        assert found.weight.shape == (3, seen.shape[1])
        said.append(seen @ found.weight.T + found.bias)
    np.testing.assert_allclose(said[0], said[1], atol=0.02)
    assert np.ptp(said[0]) > 1


def four_images():
    """Two guessed and two seen images, of two classes."""
    points = np.array([[1, 0], [0, 1], [1, 0.2], [0.2, 1]], np.float32)
    seen = np.array([False, False, True, True])
    weights = np.array([0.3, 0.1, 1.0, 0.6])
    return LabelledSet(points, np.array([0, 1, 0, 1]), weights, np.array([0, 1, 0, 1]), seen)


def test_the_seen_count_as_a_whole_and_each_by_its_weight():
    shares = linear_student._shares(four_images(), trust=3.0)
    np.testing.assert_allclose(shares, [0.25 * 0.75, 0.25 * 0.25, 0.75 * 0.625, 0.75 * 0.375])


def test_of_guesses_some_are_enough_and_of_what_was_seen_none_is_left_out(monkeypatch):
    taught, _ = labelled_set(answers=6)
    fitted, used = linear_student._fitted, []
    monkeypatch.setattr(linear_student, "GUESSED", 5)
    monkeypatch.setattr(
        linear_student, "_fitted", lambda *given: (used.append(given[0]), fitted(*given))[1]
    )
    learn(taught, 3)
    assert used[0].seen.sum() == taught.seen.sum()
    assert (~used[0].seen).sum() == 5


def test_where_all_settings_are_as_right_the_first_are_taken():
    found = learn(labelled_set(answers=16, each=8)[0], 3)
    assert (found.penalty, found.trust) == (PENALTIES[0], TRUSTS[0])
