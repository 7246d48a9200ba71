"""The Wilson interval against hand-worked numbers and scipy's, and that it covers what it says."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from labeller.evaluation.intervals import half_width, sample_size, wilson


def test_half_of_ten_worked_by_hand():
    # z = 1.959964, z^2 = 3.841459; middle (0.5 + 0.1920729) / 1.3841459 = 0.5;
    # half 1.959964 * sqrt(0.025 + 0.0096036) / 1.3841459 = 0.263406.
    low, high = wilson(5, 10)
    assert low == pytest.approx(0.236594, abs=1e-5)
    assert high == pytest.approx(0.763406, abs=1e-5)


def test_none_wrong_still_leaves_doubt():
    # p = 1: the lower end is 1 / (1 + z^2 / n) = 100 / 103.841459.
    low, high = wilson(100, 100)
    assert low == pytest.approx(100 / 103.841459, abs=1e-6)
    assert high == 1.0
    assert wilson(0, 100)[0] == 0.0


@pytest.mark.parametrize(("right", "asked"), [(1, 1), (0, 3), (37, 50), (291, 300), (970, 1000)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_it_is_the_one_of_scipy(right, asked, level):
    theirs = binomtest(right, asked).proportion_ci(level, method="wilson")
    assert wilson(right, asked, level) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@pytest.mark.parametrize("share", [0.9, 0.95, 0.98])
@pytest.mark.parametrize("asked", [100, 300])
def test_it_covers_the_truth_about_as_often_as_it_says(share, asked):
    """Exactly, by the binomial law: no sampling."""
    counts = np.arange(asked + 1)
    ends = np.array([wilson(int(right), asked) for right in counts])
    covers = (ends[:, 0] <= share) & (share <= ends[:, 1])
    assert 0.92 < binom.pmf(counts, asked, share)[covers].sum() < 0.98


def test_the_suggested_size_is_the_smallest_that_is_narrow_enough():
    size = sample_size()
    assert 0.02 < half_width(0.95, size) <= 0.025 < half_width(0.95, size - 1)
    assert size == 304
    assert sample_size(0.5, 0.05) > sample_size(0.95, 0.05)
    assert sample_size(0.5, 0.49) == 1 or half_width(0.5, sample_size(0.5, 0.49) - 1) > 0.49


@pytest.mark.parametrize(
    ("given", "message"),
    [((3, 0), "got 3 of 0"), ((4, 3), "got 4 of 3"), ((-1, 3), "got -1 of 3")],
)
def test_impossible_counts_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        wilson(*given)


def test_impossible_levels_and_shares_are_refused():
    with pytest.raises(ValueError, match="level must be between 0 and 1, got 1"):
        wilson(1, 2, 1.0)
    with pytest.raises(ValueError, match="expected must be in"):
        sample_size(1.5)
