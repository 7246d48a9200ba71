"""Agreement of several people against published examples, and what is believed of each."""

import pytest

from labeller.evaluation.agreement import cohen_kappa, fleiss_kappa, krippendorff_alpha
from labeller.evaluation.reliability import posterior, reliabilities

# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", data of four observers.
_OBSERVERS = {
    "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}
ALPHA = [
    {who: said[unit] for who, said in _OBSERVERS.items() if said[unit] is not None}
    for unit in range(12)
]

# Fleiss (1971) as in the usual worked example: ten subjects, fourteen raters, five categories.
_COUNTS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
FLEISS = [
    dict(zip("abcdefghijklmn", [k for k, n in enumerate(row) for _ in range(n)], strict=True))
    for row in _COUNTS
]


def pairs(*said):
    return [dict(zip("xy", pair, strict=True)) for pair in said]


def test_published_examples():
    assert krippendorff_alpha(ALPHA) == pytest.approx(0.743, abs=5e-4)
    assert fleiss_kappa(FLEISS) == pytest.approx(0.210, abs=5e-4)
    # 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: kappa 0.4.
    both = pairs(*[(1, 1)] * 20, *[(1, 0)] * 5, *[(0, 1)] * 10, *[(0, 0)] * 15)
    assert cohen_kappa(both, "x", "y") == pytest.approx(0.4)


def test_nothing_is_said_where_nothing_is_known():
    for votes in ([], [{"x": 1}], pairs((1, 1), (1, 1))):
        assert krippendorff_alpha(votes) is None
        assert fleiss_kappa(votes) is None
        assert cohen_kappa(votes, "x", "y") is None
    assert reliabilities([], 10) == {}
    assert reliabilities([{"x": 1}], 10) == pytest.approx({"x": 0.9})


def test_who_is_alone_against_two_is_less_reliable():
    votes = [{"a": k % 5, "b": k % 5, "c": (k + 1) % 5 if k % 2 else k % 5} for k in range(20)]
    found = reliabilities(votes, 5)
    assert found["a"] == found["b"] > 0.9
    assert found["c"] == pytest.approx(0.63, abs=0.05)


def test_two_who_differ_are_worth_the_same_and_agreeing_is_worth_more():
    differ = posterior({"a": (1, 0.9), "b": (2, 0.9)}, 10)
    assert differ[1] == differ[2] == pytest.approx(81 / (2 * 81 + 8))
    assert posterior({"a": (1, 0.9)}, 10)[1] == pytest.approx(0.9)
    assert posterior({"a": (1, 0.9), "b": (1, 0.9)}, 10)[1] == pytest.approx(0.9986, abs=1e-4)
    against = posterior({"a": (1, 0.9), "b": (1, 0.9), "c": (2, 0.9)}, 10)
    assert against[1] > 0.98
