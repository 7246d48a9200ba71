"""Marks on a card: what a click, a turn and a clearing leave, and what a label takes along."""

import pytest

from tests.browser.javascript.cards import MARK, OPEN, card, label, labelled

pytestmark = pytest.mark.browser


OF = "const { images, only, sure } = model.marks.of(on); return [images, only, sure]"


@pytest.mark.parametrize(
    ("marked", "images"), [([], []), ([3, 1], [3, 1]), ([3, 1, 3], [1]), ([2, 2], [])]
)
def test_a_second_click_takes_a_mark_off(grid, marked, images):
    assert grid(MARK + OF, *OPEN, marked=marked) == [images, False, None]
    unsaved = grid(f"{MARK} return model.marks.unsaved(on)", *OPEN, marked=marked)
    assert unsaved is bool(images)


def test_marks_turn_round_and_back(grid):
    turn = "model.marks.turn(on);"
    assert grid(MARK + turn + OF, *OPEN, marked=[3]) == [[3], True, None]
    assert grid(MARK + turn * 2 + OF, *OPEN, marked=[3]) == [[3], False, None]
    assert grid(MARK + turn + OF, *OPEN, marked=[]) == [[], False, None]


def test_marks_are_cleared_once(grid):
    body = "return [model.marks.clear(on), model.marks.clear(on), model.marks.unsaved(on)]"
    assert grid(MARK + body, *OPEN, marked=[3]) == [True, False, False]


@pytest.mark.parametrize(
    ("answer", "marks"),
    [
        (label(0, wrong=[2]), [[2], False]),
        (label(0, only=[3, 4]), [[3, 4], True]),
        (label(0), [[], False]),
        ({"kind": "skip", "wrong": [2]}, [[], False]),
        (None, [[], False]),
    ],
)
def test_a_saved_answer_has_the_marks_that_were_saved(grid, answer, marks):
    body = "const { images, only } = savedMarks(cards[0].answer); return [images, only]"
    assert grid(body, card("1", answer=answer)) == marks


def test_clearing_the_marks_of_a_saved_answer_is_something_to_save(grid):
    body = """const on = model.card("1"); model.marks.clear(on);
      return [model.marks.of(on).images, model.marks.unsaved(on)]"""
    assert grid(body, labelled("1", wrong=[2])) == [[], True]


def test_the_last_mark_of_a_saved_answer_taken_off_leaves_all_right(grid):
    body = """const on = model.card("1"); model.marks.toggle(on, 2);
      const { images, only } = model.marks.of(on); return [images, only]"""
    assert grid(body, labelled("1", only=[2])) == [[], False]


def test_marks_belong_to_the_pictures_not_the_node(grid):
    body = "return model.marks.of({ ...on, sheet: 'other' }).images"
    assert grid(MARK + body, *OPEN, marked=[3]) == []


@pytest.mark.parametrize(
    ("marked", "turns", "wrong", "only", "confidence"),
    [([], 0, [], None, 1.0), ([2], 0, [2], None, 0.75), ([2, 3], 1, None, [2, 3], 1.0)],
)
def test_a_label_takes_the_marks_along(grid, marked, turns, wrong, only, confidence):
    body = """for (let i = 0; i < turns; i++) model.marks.turn(on);
      const entry = model.label(1);
      return [entry.wrong ?? null, entry.only ?? null, entry.confidence, model.marks.unsaved(on)]"""
    found = grid(MARK + body, *OPEN, marked=marked, turns=turns)
    assert found == [wrong, only, confidence, False]


def test_with_all_marked_nothing_is_left_to_label(grid):
    assert grid(f"{MARK} return model.label(1)", *OPEN, marked=[1, 2, 3, 4]) is None
    turned = f"{MARK} model.marks.turn(on); return model.label(1).only.length"
    assert grid(turned, *OPEN, marked=[1, 2, 3, 4]) == 4


@pytest.mark.parametrize(
    ("one", "images"),
    [
        (card("1"), 10),
        (labelled("1", wrong=[1, 2]), 8),
        (labelled("1", wrong=[1, 2]) | {"taken": 5}, 5),
        (labelled("1", only=[1, 2, 3]) | {"taken": 5}, 3),
    ],
)
def test_how_many_images_an_answer_speaks_for(js, one, images):
    assert js("return speaksFor(one)", one=one) == images


def test_images_are_counted_by_what_became_of_their_card(js):
    cards = [card("1"), labelled("2", wrong=[1]), labelled("3", only=[2])]
    assert js("return imagesIn(cards, 'labelled', speaksFor)", cards=cards) == 10


def test_a_skipped_rest_keeps_the_label_of_its_card(js):
    cards = [card("1"), card("1.rest")]
    assert js("return cards.map(skippedBy)", cards=cards) == [10, 0]
