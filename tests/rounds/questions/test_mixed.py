"""The hint of a card in shares of its images, calibrated by what was answered."""

import pytest

from labeller.records import Answer
from labeller.rounds.questions.mixed import expected_wrong, share_wrong


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        (Answer("label", 1), 0.0),
        (Answer("label", 1, 0.8), 0.2),
        (Answer("label", 1, 0.8, wrong=(1, 2, 3)), 0.25),
        (Answer("label", 1, only=(1, 2, 3)), 0.75),
        (Answer("split", split=3), 0.5),
        (Answer("skip"), None),
    ],
)
def test_what_an_answer_says_of_a_card_of_twelve(answer, share):
    assert share_wrong(answer, 12) == (None if share is None else pytest.approx(share))


def test_without_answers_a_hint_is_taken_at_its_word():
    assert expected_wrong([0.0, 0.1, 0.9], []) == pytest.approx([0.0, 0.1, 0.9])


def test_answers_that_find_nothing_wrong_lower_all_hints():
    seen = [(0.4, 0.0)] * 8
    assert expected_wrong([0.4], seen)[0] < 0.1
    assert expected_wrong([0.4], seen[:2])[0] > 0.15  # not at once


def test_answers_that_find_more_raise_them_up_to_a_bound():
    seen = [(0.2, 0.4)] * 8
    low, high = expected_wrong([0.2, 0.9], seen)
    assert 0.3 < low < 0.4
    assert high == 0.95


def test_clean_cards_say_little():
    """A hint of nearly 0 that was right does not tell what a hint of a half means."""
    assert expected_wrong([0.5], [(0.01, 0.0)] * 20)[0] == pytest.approx(0.5, abs=0.01)
