"""Points that are turned onto others."""

import numpy as np
import pytest

from labeller.rounds.points import turned_onto


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_turned_and_scaled_map_lies_on_the_other_again(mirrored):
    onto = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    turn = np.array([[0.0, 1.0], [1.0, 0.0] if mirrored else [-1.0, 0.0]])
    moved = 3 * onto @ turn + 7
    assert np.allclose(turned_onto(moved, onto), onto, atol=1e-4)


def test_a_map_of_fewer_points_lies_on_the_first_of_the_other():
    onto = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    assert np.allclose(turned_onto(onto[:30] * 2, onto), onto[:30], atol=1e-4)


def test_a_single_place_stays_finite():
    assert np.isfinite(turned_onto(np.zeros((4, 2)), np.zeros((4, 2)))).all()
