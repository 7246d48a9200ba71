"""What the label grid knows: cards with unconfirmed answers, the next card, confidence."""

import pytest

from tests.browser.javascript.cards import CLASSES, MARK, OPEN, card, labelled

pytestmark = pytest.mark.browser


def test_an_answer_that_the_server_has_stored_stays_on_its_card_and_is_saved(grid):
    body = """model.answer("label", { label: 1 }); const before = model.card("1").saved;
      model.acknowledge({ applied: { [model.client]: 1 }, failed: [] });
      return [before, model.card("1").saved, model.card("1").state]"""
    assert grid(body, *OPEN) == [False, True, "labelled"]


def test_an_entry_names_the_round_whose_card_was_seen(grid):
    body = """send(cards, { round: 4 }); return model.answer("label", { label: 1 }).round"""
    assert grid(body, *OPEN) == 4


# The card on show.


@pytest.mark.parametrize(
    ("cards", "at"),
    [
        (OPEN, "1"),
        ([labelled("1"), card("2")], "2"),
        ([labelled("1"), labelled("2")], None),
        ([labelled("1") | {"doubt": "why"}, card("2")], "2"),
        ([labelled("1"), labelled("2") | {"doubt": "why"}], "2"),
        ([], None),
    ],
)
def test_the_first_card_on_show_is_the_first_open_one(grid, cards, at):
    assert grid("return model.at", *cards) == at


def test_what_the_server_says_later_does_not_move_the_card_on_show(grid):
    assert grid("model.at = '2'; send(cards); return model.at", *OPEN) == "2"
    body = "send([{ ...cards[0], state: 'open' }, ...cards.slice(1)]); return model.at"
    assert grid(body, labelled("1"), card("2")) == "2"


def test_after_all_are_answered_a_new_card_comes_on(grid):
    assert grid("send([...cards, more]); return model.at", labelled("1"), more=card("2")) == "2"


@pytest.mark.parametrize(
    ("seen", "at"), [([], "2.1"), (["2.1!"], "2.2"), (["2.1!", "2.2!"], "2.1")]
)
def test_a_split_card_is_left_for_its_first_part_not_yet_seen(grid, seen, at):
    body = """model.at = "2"; for (const sheet of ["1!", "2!", ...seen]) model.seen.add(sheet);
      send(parts); return model.at"""
    parts = [labelled("1"), card("2.1"), card("2.2")]
    assert grid(body, labelled("1"), card("2"), seen=seen, parts=parts) == at


def test_a_card_that_went_is_left_for_the_one_in_its_place(grid):
    body = "model.at = '2'; send(cards.filter((each) => each.node !== '2')); return model.at"
    assert grid(body, labelled("1"), labelled("2"), labelled("3")) == "3"
    assert grid("model.at = 'gone'; send(cards); return model.at", labelled("1")) == "1"


@pytest.mark.parametrize(
    ("at", "step", "to"),
    [("1", 1, "2"), ("2", -1, "1"), ("1", -1, "1"), ("3", 1, "3"), (None, 1, "1"), (None, -1, "3")],
)
def test_arrows_go_to_the_card_beside(grid, at, step, to):
    assert grid("model.at = at; model.move(step); return model.at", *OPEN, at=at, step=step) == to


def test_without_cards_there_is_nowhere_to_go(grid):
    assert grid("model.move(1); return model.at") is None


@pytest.mark.parametrize(("node", "after"), [("1", "3"), ("3", "1"), (None, "1"), ("2", "3")])
def test_the_next_open_card_from_the_start_again_at_the_end(grid, node, after):
    cards = [card("1"), labelled("2"), card("3")]
    assert grid("return model.nextOpen(node)", *cards, node=node) == after


def test_without_an_open_card_the_next_is_one_to_check(grid):
    cards = [labelled("1") | {"doubt": "why"}, labelled("2"), labelled("3") | {"doubt": "why"}]
    assert grid("return ['1', '3'].map((node) => model.nextOpen(node))", *cards) == ["3", "1"]


# Answers.


def test_an_answer_is_laid_over_the_card_until_the_server_has_it(grid):
    body = """model.label(1); const before = model.card("1");
      send(saved, { applied: { [model.client]: 1 } }); const after = model.card("1");
      return [before, after].map((each) => [each.state, each.answer.label, each.saved])"""
    found = grid(body, *OPEN, saved=[labelled("1", 1), *OPEN[1:]])
    assert found == [["labelled", 1, False], ["labelled", 1, True]]


@pytest.mark.parametrize(
    ("kind", "state"), [("label", "labelled"), ("skip", "skipped"), ("split", "splitting")]
)
def test_what_an_answer_makes_of_a_card(grid, kind, state):
    body = "model.answer(kind, {}); return [model.card('1').state, model.at]"
    assert grid(body, *OPEN, kind=kind) == [state, "2"]


def test_an_answer_to_check_is_settled_by_the_next_one(grid):
    doubted = labelled("1") | {"doubt": "why"}
    body = "const entry = model.label(0); return [entry.check, model.card('1').doubt]"
    assert grid(f"model.at = '1'; {body}", doubted) == [True, None]
    assert grid("return model.label(0).check", card("1")) is False


@pytest.mark.parametrize(
    ("again", "logged"),
    [
        ("label(1)", 0),
        ("label(0)", 1),
        ("label(1, undefined, { confidence: 0.5 })", 1),
        ("answer('label', { label: 1, wrong: [2] })", 1),
        ("answer('skip', {})", 1),
    ],
)
def test_the_same_answer_again_is_no_entry_and_goes_on(grid, again, logged):
    body = f"model.at = '1'; model.{again}; return [model.pending.length, model.at]"
    assert grid(body, labelled("1", 1), card("2")) == [logged, "2"]


def test_undo_after_the_same_answer_again_takes_back_the_one_before(grid):
    body = """model.label(1); model.label(0); model.at = "1"; model.label(1);
      return [model.pending.length, model.undo().node]"""
    assert grid(body, *OPEN) == [2, "2"]


def test_the_same_marks_in_another_order_are_the_same_answer(grid):
    body = "model.at = '1'; return model.answer('label', { label: 1, wrong: [2, 4] })"
    assert grid(body, labelled("1", 1, wrong=[4, 2]), card("2")) is None


@pytest.mark.parametrize(("parts", "same"), [(3, True), (4, False)])
def test_a_split_into_as_many_parts_is_the_same(grid, parts, same):
    body = "return sameAnswer({ kind: 'split', split: 3 }, { kind: 'split', split: parts })"
    assert grid(body, parts=parts) is same


def test_what_is_split_or_gone_is_not_answered(grid):
    splitting = card("1", state="splitting")
    assert grid("model.at = '1'; return model.answer('skip', {})", splitting) is None
    assert grid("model.at = null; return [model.label(1), model.answer('skip', {})]") == [None] * 2


def test_an_answer_on_its_way_about_a_card_that_went_is_nothing(grid):
    body = "model.label(1); send(cards.slice(1)); return model.cards().map((each) => each.state)"
    assert grid(body, *OPEN) == ["open", "open"]


def test_after_an_answer_comes_the_first_card_not_yet_seen_and_then_those_passed_over(grid):
    body = """model.at = "2"; model.seen.add("1!"); model.seen.add("2!"); const order = [];
      for (let i = 0; i < 3; i++) {
        model.seen.add(`${model.at}!`);
        model.label(1);
        order.push(model.at);
      }
      return order"""
    assert grid(body, *OPEN) == ["3", "1", None]


def test_new_classes_are_there_before_the_server_has_them(grid):
    body = """for (const name of ["fox", "fox", "cat"]) model.label(null, name);
      return [model.classes(), model.className({ name: "fox" })]"""
    assert grid(body, *OPEN) == [[*CLASSES, {"label": None, "name": "fox"}], "fox"]


@pytest.mark.parametrize(("number", "name"), [(0, "cat"), (1, "dog"), (7, "?")])
def test_the_name_of_a_class(grid, number, name):
    assert grid("return model.className({ label: number })", number=number) == name


# Confidence.


def test_each_card_starts_at_sure(grid):
    body = """model.setConfidence(0.5); const entry = model.label(1);
      return [entry.confidence, model.shownConfidence(), new Model("s").confidence]"""
    assert grid(body, *OPEN) == [0.5, 1, 1]


def test_going_to_another_card_is_sure_again_and_staying_is_not(grid):
    body = """model.setConfidence(0.5); send(cards); const stayed = model.shownConfidence();
      model.move(1); return [stayed, model.shownConfidence()]"""
    assert grid(body, *OPEN) == [0.5, 1]
    body = "model.at = '3'; model.setConfidence(0.5); model.move(1); return model.shownConfidence()"
    assert grid(body, *OPEN) == 0.5  # the last card stays on show


def test_a_confidence_that_is_kept_holds_for_the_cards_to_come_and_the_next_visit(grid):
    body = """model.setConfidence(0.5); model.setSteady(true); const entry = model.label(1);
      const next = new Model("s"); next.setSteady(false);
      const last = new Model("s");
      return [entry.confidence, model.shownConfidence(), next.confidence, last.confidence]"""
    assert grid(body, *OPEN) == [0.5, 0.5, 0.5, 1]


# What Enter does.


@pytest.mark.parametrize(
    ("shown", "does"),
    [
        (card("1", suggested=1), "suggested"),
        (card("1", suggested=None), None),
        (labelled("1"), "next"),
        (labelled("1") | {"doubt": "why"}, "confirm"),
        (card("1", state="skipped"), "next"),
        (card("1", state="open", suggested=0, doubt="again"), "suggested"),
    ],
)
def test_what_enter_does(grid, shown, does):
    assert grid("model.at = '1'; return model.next()", shown) == does


def test_enter_at_the_end_goes_to_review_but_waits_for_a_split(grid):
    assert grid("model.at = null; return model.next()", labelled("1")) == "review"
    splitting = card("1", state="splitting")
    assert grid("model.at = null; return model.next()", splitting) is None


def test_a_doubted_answer_is_kept_as_it_stands_and_settled(grid):
    body = """model.at = "1"; const kept = model.confirm();
      return [kept.label, kept.confidence, kept.wrong, kept.check, model.at]"""
    doubted = labelled("1", 1, confidence=0.5, wrong=[2]) | {"doubt": "why"}
    assert grid(body, doubted, labelled("2")) == [1, 0.5, [2], True, None]
    assert grid("model.at = '1'; return model.confirm()", labelled("1")) is None


def test_enter_saves_marks_of_a_labelled_card_first(grid):
    body = f"""model.at = "1"; {MARK} const does = model.next(), entry = model.saveMarks();
      return [does, entry.label, entry.wrong, entry.check]"""
    for doubt in (None, "why"):
        shown = labelled("1", 1) | {"doubt": doubt}
        assert grid(body, shown, card("2"), marked=[2, 3]) == ["marks", 1, [2, 3], bool(doubt)]


def test_on_an_answered_card_they_change_its_answer_and_stay(grid):
    body = """model.at = "1"; const entry = model.setConfidence(0.8);
      return [entry.label, entry.confidence, entry.wrong, model.at, model.confidence]"""
    assert grid(body, labelled("1", 1, wrong=[2]), card("2")) == [1, 0.8, [2], "1", 1]


def test_the_same_confidence_is_no_new_answer(grid):
    body = "model.at = '1'; return [model.setConfidence(1.0), model.shownConfidence()]"
    assert grid(body, labelled("1", 1), card("2")) == [None, 1]


def test_marks_have_the_share_that_is_left_until_a_level_is_chosen(grid):
    body = """const before = model.shownConfidence(); model.setConfidence(0.3);
      return [before, model.shownConfidence(), model.confidence, model.pending.length]"""
    assert grid(MARK + body, *OPEN, marked=[2]) == [0.75, 0.3, 1, 0]


def test_with_no_card_the_level_is_kept_all_the_same(grid):
    body = "model.setConfidence(0.5); return [model.at, model.confidence, model.shownConfidence()]"
    assert grid(body, labelled("1")) == [None, 0.5, 0.5]


def test_on_a_saved_card_its_own_confidence_is_shown(grid):
    body = "model.at = '1'; return model.shownConfidence()"
    assert grid(body, labelled("1", confidence=0.8, wrong=[2])) == 0.8


@pytest.mark.parametrize(("expert", "sent"), [("me", False), ("ben", True)])
def test_what_another_person_said_is_said_again_by_this_one(grid, expert, sent):
    body = "model.at = '1'; return Boolean(model.label(0))"
    assert grid(body, labelled("1", 0, expert=expert)) is sent


def test_several_tiles_are_not_answered_by_what_the_card_on_show_suggests(grid):
    body = """model.at = '1'; const alone = model.next(); model.several.toggle('2');
      return [alone, model.next()]"""
    assert grid(body, card("1", suggested=1), card("2")) == ["suggested", None]


def test_a_level_is_for_the_chosen_tiles_and_not_for_the_card_on_show(grid):
    body = """model.at = '1'; model.several.toggle('2'); const entry = model.setConfidence(0.3);
      return [entry, model.pending.length, model.shownConfidence(), model.confidence]"""
    assert grid(body, labelled("1", 1), card("2")) == [None, 0, 0.3, 0.3]
