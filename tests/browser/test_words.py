"""How mixed a card is called: its rank among the cards of the round, not the rests."""

import json
from pathlib import Path

import pytest

from labeller.ui.label import grid

pytestmark = pytest.mark.browser

SOURCE = "\n".join(
    (Path(grid.__file__).parent / name).read_text() for name in ("marks.js", "words.js")
)


@pytest.fixture
def called(chromium):
    """For impurities by node, what each card is called: pure, some or mixed, None for a rest."""
    page = chromium.new_page()

    def call(impurities):
        cards = json.dumps([{"node": n, "impurity": value} for n, value in impurities.items()])
        ask = "cards.map((card) => mixture(card, cards)?.level ?? null)"
        return page.evaluate(f"() => {{ {SOURCE}\nconst cards = {cards}; return {ask}; }}")

    yield call
    page.close()


def test_the_best_third_is_never_called_mixed_and_the_worst_is(called):
    hints = {"1": 0.26, "2": 0.3, "3": 0.4, "4": 0.5, "5": 0.6, "6": 0.8, "7": 0.9}
    assert called(hints) == ["some", "some", *["mixed"] * 5]


def test_clean_cards_are_called_pure_and_the_worst_of_them_is_not(called):
    hints = {"1": 0.0, "2": 0.01, "3": 0.05, "4": 0.06, "5": 0.1, "6": 0.12, "7": 0.13}
    assert called(hints) == ["pure", "pure", "some", "some", "mixed", "mixed", "mixed"]


def test_a_rest_has_nothing_to_be_measured_against_and_changes_no_rank(called):
    hints = {"1": 0.26, "1.rest": 0.0, "2": 0.3, "2.rest": 0.0, "3": 0.7, "4": 0.8}
    assert called(hints) == ["some", None, "mixed", None, "mixed", "mixed"]
