"""Which images of a mixed cluster go with those that were marked as wrong."""

import numpy as np
import pytest

from labeller.rounds.questions.candidates import has_rest, rest
from labeller.rounds.questions.order import why_rest


def two_groups(left: int, right: int) -> np.ndarray:
    """Points (left + right, 2): one group around 0, then one around 10."""
    draws = np.random.default_rng(0).normal(size=(left + right, 2))
    draws[left:, 0] += 10
    return draws


def test_unseen_images_go_with_the_marked_ones_that_are_nearest():
    points = two_groups(30, 20)
    found = rest(points, right=np.arange(8), wrong=np.array([33, 31, 40, 45, 49]))
    assert found.tolist() == list(range(30, 50))


def test_most_of_the_nearest_decide_not_one():
    points = two_groups(30, 20)
    # One stray mark in the left group takes nobody along but itself.
    found = rest(points, right=np.arange(8), wrong=np.array([12, 31, 33, 40, 45, 49]))
    assert found.tolist() == [12, *range(30, 50)]


@pytest.mark.parametrize(("marked", "goes"), [(2, False), (3, True)])
def test_three_of_the_five_nearest_are_most(marked, goes):
    """All lie on a line: 10 unseen ones at 0, the five shown ones nearest to them, and others."""
    points = np.array([*np.linspace(-0.1, 0.1, 10), 1, 2, 3, 4, 5, *np.linspace(50, 60, 12)])[
        :, None
    ]
    shown, far = np.arange(10, 15), np.arange(15, 27)
    wrong = np.concatenate([shown[:marked], far[6:]])
    found = rest(points, np.concatenate([shown[marked:], far[:6]]), wrong)
    assert (found[:10].tolist() == list(range(10))) == goes


@pytest.mark.parametrize(("right", "count"), [(9, 0), (10, 10)])
def test_few_images_are_not_worth_a_question(right, count):
    points = two_groups(30, right)
    assert len(rest(points, np.arange(8), np.arange(30, 35))) == count


def test_nothing_is_left_over_where_nothing_or_everything_is_wrong():
    points = two_groups(30, 20)
    none = np.zeros(0, np.int64)
    assert not len(rest(points, np.arange(8), none))
    assert not len(rest(points, none, np.arange(30, 40)))


def test_a_few_strays_are_no_group():
    assert [has_rest(count) for count in (0, 3, 4)] == [False, False, True]


def test_the_reason_names_the_card():
    assert "on card 3.1," in why_rest("3.1.rest")
