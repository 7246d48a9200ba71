"""The one order of asking."""

import math

import pytest

from labeller.rounds.questions.order import gain


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({}, 40),
        ({"known": 0.25}, 30),
        ({"known": 0.25, "gain": 7.5}, 7.5),
        ({"known": 0.25, "gain": 0}, 0),
        ({"known": 1.0, "gain": 3, "again": "you said cat"}, math.inf),
    ],
)
def test_the_policy_knows_best_and_a_doubt_comes_first(card, expected):
    assert gain(40, card) == expected
