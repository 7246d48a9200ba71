"""Answers: what is accepted, and the sentence for what is not."""

import re

import numpy as np
import pytest

from labeller.rounds.answer import Answer, Card


def test_numpy_numbers_become_plain_ones():
    answer = Answer("label", label=np.int64(3), confidence=np.float32(0.5))
    assert (type(answer.label), type(answer.confidence)) == (int, float)
    assert answer == Answer("label", label=3, confidence=0.5)


def test_marks_are_sorted_plain_numbers_and_none_twice():
    answer = Answer("label", label=3, wrong=np.array([9, 2, 9]))
    assert (answer.wrong, answer.only, answer.marks) == ((2, 9), (), 2)
    assert {type(image) for image in answer.wrong} == {int}


def test_all_but_these_is_as_sure_as_they_are_many():
    card = Card(medoid=4, near=(5,), random=(6,), far=(7,), size=20, impurity=0.1)
    assert card.share_unmarked([5]) == 0.75
    assert card.share_unmarked([]) == 1


@pytest.mark.parametrize("parts", [2, 50])
def test_split_limits_are_allowed(parts):
    assert Answer("split", split=parts).split == parts


def test_skip_needs_nothing():
    assert Answer("skip") == Answer("skip", label=None, split=None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "maybe"}, "answer must be one of label, split, skip, exclude, got maybe"),
        ({"kind": "label"}, "label must be a whole number, 0 or more, got None"),
        ({"kind": "label", "label": -1}, "label must be a whole number, 0 or more, got -1"),
        ({"kind": "label", "label": 1.5}, "label must be a whole number, 0 or more, got 1.5"),
        ({"kind": "label", "label": True}, "label must be a whole number, 0 or more, got True"),
        (
            {"kind": "label", "label": 1, "confidence": 1.1},
            "confidence must be between 0 and 1, got 1.1",
        ),
        (
            {"kind": "label", "label": 1, "confidence": float("nan")},
            "confidence must be between 0 and 1, got nan",
        ),
        (
            {"kind": "label", "label": 1, "confidence": "sure"},
            "confidence must be between 0 and 1, got sure",
        ),
        ({"kind": "split", "split": 1}, "split must be a whole number, between 2 and 50, got 1"),
        ({"kind": "split", "split": 51}, "split must be a whole number, between 2 and 50, got 51"),
        ({"kind": "split"}, "split must be a whole number, between 2 and 50, got None"),
        (
            {"kind": "split", "split": 2, "label": 0},
            "label must be left out of a split answer, got 0",
        ),
        ({"kind": "skip", "split": 2}, "split must be left out of a skip answer, got 2"),
        ({"kind": "skip", "wrong": [3]}, "wrong must be left out of a skip answer, got [3]"),
        (
            {"kind": "split", "split": 2, "only": (3,)},
            "only must be left out of a split answer, got (3,)",
        ),
        (
            {"kind": "label", "label": 1, "wrong": [2], "only": [3]},
            "give the wrong images of a card or the only right ones, not both",
        ),
        (
            {"kind": "label", "label": 1, "wrong": [-1]},
            "wrong must be image numbers, 0 or more, got [-1]",
        ),
        (
            {"kind": "label", "label": 1, "only": [1.5]},
            "only must be image numbers, 0 or more, got [1.5]",
        ),
        (
            {"kind": "label", "label": 1, "only": 7},
            "only must be image numbers, 0 or more, got 7",
        ),
    ],
)
def test_what_is_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Answer(**fields)
