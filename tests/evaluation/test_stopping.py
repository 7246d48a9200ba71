"""The error as a power of the answers, against numbers worked by hand."""

import math

import pytest

from labeller.evaluation.stopping import answers_to_gain, error_rate, fit_power_law


def test_two_points_are_met_exactly():
    # From 10 to 40 answers the error halves: exponent 1/2, scale 0.2 * sqrt 10.
    law = fit_power_law([10, 40], [0.2, 0.1])
    assert law.exponent == pytest.approx(0.5)
    assert law.scale == pytest.approx(0.2 * math.sqrt(10))
    assert law.error(160) == pytest.approx(0.05)
    assert law.answers(0.05) == pytest.approx(160)


def test_the_next_point_worked_by_hand():
    # At 40 answers 0.1 is wrong; 0.09 needs 40 * (0.1 / 0.09)^2 = 49.38 answers: 10 more.
    law = fit_power_law([10, 40], [0.2, 0.1])
    assert answers_to_gain(law, 40) == 10
    assert answers_to_gain(law, 40, gain=0.05) == 120


def test_three_points_are_fitted_by_least_squares():
    # log errors 0, -1, -1 at log answers 0, 1, 2: slope -1/2, start -1/6.
    law = fit_power_law([1, 1 * math.e, math.e**2], [1, math.exp(-1), math.exp(-1)])
    assert law.exponent == pytest.approx(0.5)
    assert math.log(law.scale) == pytest.approx(-1 / 6)


def test_no_number_is_named_where_none_can_be():
    assert answers_to_gain(fit_power_law([10, 40], [0.1, 0.1]), 40) is None  # does not fall
    assert answers_to_gain(fit_power_law([10, 40], [0.1, 0.2]), 40) is None  # grows
    assert answers_to_gain(fit_power_law([10, 40], [0.02, 0.008]), 40) is None  # none left
    assert answers_to_gain(fit_power_law([10, 40], [0.1, 0.099]), 40) is None  # too far off
    assert fit_power_law([10, 40], [0.1, 0.1]).answers(1e-300) == math.inf


def test_an_error_of_no_wrong_image_is_above_zero():
    assert error_rate(99, 99) == 0.005
    assert error_rate(0, 1) == 0.75


@pytest.mark.parametrize(
    ("answers", "errors"), [([10], [0.1]), ([10, 10], [0.2, 0.1]), ([10, 20], [0.1])]
)
def test_too_few_points_are_refused(answers, errors):
    with pytest.raises(ValueError, match="two different numbers of answers"):
        fit_power_law(answers, errors)


def test_impossible_points_are_refused():
    with pytest.raises(ValueError, match="above 0"):
        fit_power_law([10, 20], [0.1, 0.0])
