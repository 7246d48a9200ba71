"""Several cards chosen together: which they are, and what one key says of them."""

import pytest

from tests.browser.javascript.cards import OPEN, card

pytestmark = pytest.mark.browser

FOUR = [*OPEN, card("4")]


@pytest.mark.parametrize(
    ("clicks", "chosen"),
    [
        (["toggle 2", "toggle 4"], "24"),
        (["toggle 2", "toggle 2"], ""),
        (["extend 3"], "123"),  # from the card on show
        (["toggle 4", "extend 2"], "234"),
        (["toggle 4", "extend 3", "extend 2"], "234"),
        (["toggle 2", "extend 4", "toggle 3"], "24"),
        (["toggle gone", "extend 2"], "12"),
    ],
    ids=str,
)
def test_clicks_with_control_and_shift_choose_tiles(grid, clicks, chosen):
    body = """for (const [act, node] of clicks.map((each) => each.split(" "))) {
        if (act === "toggle") model.several.toggle(node);
        else model.several.extend(cards.map((each) => each.node), model.at, node);
      }
      return model.several.take(cards).join("")"""
    assert grid(body, *FOUR, clicks=clicks) == chosen


SAY = """for (const node of chosen) model.several.toggle(node);
const say = () => model.label(1, undefined, { confidence: model.confidence, stay: true });
model.answerSeveral(say);
"""


def test_each_gets_an_answer_of_its_own_and_the_next_open_card_comes_on(grid):
    body = f"{SAY} return [model.pending.map((e) => [e.seq, e.node, e.label]), model.at]"
    assert grid(body, *FOUR, chosen=["3", "1"]) == [[[1, "1", 1], [2, "3", 1]], "2"]


def test_the_confidence_chosen_holds_for_all(grid):
    body = f"model.setConfidence(0.5); {SAY} return model.pending.map((e) => e.confidence)"
    assert grid(body, *FOUR, chosen=["2", "3"]) == [0.5, 0.5]


def test_they_are_undone_one_by_one(grid):
    body = f"{SAY} model.undo(); model.undo();"
    body += "return [model.pending.map((e) => `${e.kind} ${e.node}`), model.at]"
    said = ["label 2", "label 3", "undo 3", "undo 2"]
    assert grid(body, *FOUR, chosen=["2", "3"]) == [said, "2"]


def test_a_card_that_is_being_split_is_left_out(grid):
    cards = [card("1"), card("2", state="splitting", answer={"kind": "split"}), card("3")]
    body = f"{SAY} return [model.pending.map((e) => e.node), model.several.size]"
    assert grid(body, *cards, chosen=["1", "2", "3"]) == [["1", "3"], 0]
