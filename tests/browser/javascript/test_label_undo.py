"""Undo and redo of the label grid: marks first, then answers, and back again."""

import pytest

from tests.browser.javascript.cards import OPEN, card, labelled

pytestmark = pytest.mark.browser


def test_undo_takes_the_newest_mark_first_then_the_newest_answer(grid):
    body = """send(cards, { order: ["1"] }); model.at = "2"; const on = model.card("2");
      model.marks.toggle(on, 3); model.marks.toggle(on, 4);
      const first = model.undo(), left = model.marks.of(on).images;
      model.undo(); const entry = model.undo();
      return [first, left, entry.kind, entry.node, model.at, model.card("1").state]"""
    cards = [labelled("1"), card("2")]
    assert grid(body, *cards) == [None, [3], "undo", "1", "1", "open"]


def test_each_undo_goes_one_answer_further_back(grid):
    body = """send(cards, { order: ["2", "1"] }); model.at = "3"; model.label(0);
      return [1, 2, 3, 4].map(() => model.undo()?.node ?? null)"""
    assert grid(body, labelled("1"), labelled("2"), card("3")) == ["3", "1", "2", None]


def test_an_undone_answer_takes_its_cleared_marks_along(grid):
    body = """send(cards, { order: ["1"] }); model.at = "1"; const on = model.card("1");
      model.marks.clear(on); model.undo(); return model.marks.unsaved(on)"""
    assert grid(body, labelled("1", wrong=[2])) is False


def test_an_answer_whose_card_went_is_undone_without_moving(grid):
    body = "send(cards, { order: ['9'] }); return [model.undo().node, model.at]"
    assert grid(body, *OPEN) == ["9", "1"]


@pytest.mark.parametrize("kind", ["label", "skip", "split"])
def test_redo_gives_the_answer_again_that_was_taken_back(grid, kind):
    body = """const label1 = { label: 1, confidence: 0.5, wrong: [2] };
      const values = { label: label1, skip: {}, split: { split: 4 } };
      model.answer(kind, values[kind]); model.undo(); const again = model.redo();
      const { label, confidence, split, wrong = [] } = again;
      return [again.kind, label ?? split ?? null, confidence, wrong, model.at, model.redo()]"""
    said = {"label": [1, 0.5, [2]], "skip": [None, 1, []], "split": [4, 1, []]}[kind]
    assert grid(body, *OPEN, kind=kind) == [kind, *said, "2", None]


def test_several_undos_are_redone_in_order_until_something_else_is_said(grid):
    body = """model.label(0); model.label(1); model.undo(); model.undo();
      const one = model.redo(), two = model.redo(); model.undo(); model.label(0);
      return [one.node, one.label, two.node, two.label, model.redo()]"""
    assert grid(body, *OPEN) == ["1", 0, "2", 1, None]


def test_a_card_that_went_has_nothing_to_redo(grid):
    body = "model.label(1); model.undo(); send(cards.slice(1)); return model.redo()"
    assert grid(body, *OPEN) is None


def test_redo_passes_over_cards_that_went(grid):
    body = """model.label(0); model.label(1); model.undo(); model.undo();
      send(cards.slice(1)); const again = model.redo(); return [again.node, again.label]"""
    assert grid(body, *OPEN) == ["2", 1]


def test_redo_of_a_second_look_is_one_again(grid):
    body = """model.at = "1"; model.confirm(); model.undo(); return model.redo().check"""
    assert grid(body, labelled("1", 1) | {"doubt": "why"}, order=["1"]) is True


def test_undoing_a_split_whose_parts_are_on_show_ends_redo(grid):
    body = """model.at = "1.1"; model.label(0); model.undo();
      send(cards, { order: ["1"] }); model.undo(); return model.redo()"""
    assert grid(body, card("1.1"), card("1.2")) is None
