"""The rest of a marked card: a question of its own, made by the worker, that loses no answer."""

import numpy as np
import pytest

from labeller import service
from labeller.config import PropagateConfig
from labeller.rounds.answer import Answer
from labeller.ui.label.grid.payload import card_data, rests_sought

RULES = [PropagateConfig(rule="decay"), PropagateConfig(rule="spreading")]


@pytest.fixture
def marked(store, work):
    """The first card, after half of what it shows was marked as wrong."""
    card = service.cards(store, "digits")[0]
    wrong = card.shown[len(card.shown) // 2 :]
    service.answer(store, "digits", card.node, Answer("label", 4, 0.5, wrong=wrong))
    work()
    return card


def rest_of(store, card):
    return service.card(store, "digits", f"{card.node}.rest")


def labels(store, rule=None):
    return service.preview(store, "digits", rule).labels


def test_it_is_asked_about_with_its_marked_images(store, marked):
    wrong = service.card(store, "digits", marked.node).answer.wrong
    card = rest_of(store, marked)
    members = card.members
    assert set(wrong) <= set(members) <= set(marked.members)
    assert len(members) < marked.size
    assert (card.state, card.depth) == ("open", 1)
    assert f"on card {marked.node}," in card.why
    assert card.centre is not None
    state = service.labelling(store, "digits")
    assert (state.cards, state.labelled, state.noise) == (11, 1, 0)
    found = [one.node for one in service.cards(store, "digits")]
    assert found.index(marked.node) < found.index(card.node)


def test_the_page_knows_that_the_worker_looks_for_it(store, work):
    card, other = service.cards(store, "digits")[:2]
    wrong = card.shown[len(card.shown) // 2 :]
    given = service.answer(store, "digits", card.node, Answer("label", 4, 0.5, wrong=wrong))
    service.answer(store, "digits", other.node, Answer("split", split=2))
    assert rests_sought(service.jobs(store, "digits")) == {given.number}
    assert card_data(card, rest_comes=True)["rest_comes"]
    work()
    assert rests_sought(service.jobs(store, "digits")) == set()


def test_until_it_is_answered_it_keeps_the_label_of_its_card(store, marked):
    members = service.card(store, "digits", f"{marked.node}.rest").members
    unmarked = np.setdiff1d(members, marked.shown)
    before = labels(store)
    assert (before[unmarked] == 4).all()
    service.answer(store, "digits", f"{marked.node}.rest", Answer("skip"))
    np.testing.assert_array_equal(labels(store), before)
    assert service.labelling(store, "digits").images_skipped == 0


@pytest.mark.parametrize("rule", RULES, ids=lambda config: config.rule)
def test_its_answer_takes_it_from_its_card(store, marked, rule):
    members = service.card(store, "digits", f"{marked.node}.rest").members
    service.answer(store, "digits", f"{marked.node}.rest", Answer("label", 7, 1.0))
    found = labels(store, rule)
    others = np.setdiff1d(marked.members, members)
    if rule.rule == "decay":  # along a graph, neighbours have a say
        assert (found[members] == 7).all()
        assert (found[others] == 4).all()
    wrong = service.card(store, "digits", marked.node).answer.wrong
    assert (found[list(wrong)] != 4).all()
    state = service.labelling(store, "digits")
    assert state.images_labelled == marked.size
    assert service.card(store, "digits", marked.node).taken == len(members)


def test_a_rest_that_is_split_is_taken_too(store, marked, work):
    members = service.card(store, "digits", f"{marked.node}.rest").members
    service.answer(store, "digits", f"{marked.node}.rest", Answer("split", split=2))
    work()
    assert (labels(store)[members] == -1).all()
    service.answer(store, "digits", f"{marked.node}.rest.1", Answer("label", 7, 1.0))
    part = service.card(store, "digits", f"{marked.node}.rest.1").members
    assert (labels(store)[part] == 7).all()


def test_undoing_the_card_takes_the_rest_and_its_answer_along(store, marked):
    service.answer(store, "digits", f"{marked.node}.rest", Answer("label", 7, 1.0))
    assert [one.node for one in service.undoing(store, "digits", 1).followers] == [
        f"{marked.node}.rest"
    ]
    service.undo(store, "digits", answer=1)
    assert (labels(store) == -1).all()
    assert len(service.cards(store, "digits")) == 10


def test_answering_the_card_again_loses_nothing_that_was_said_of_its_rest(store, marked, work):
    service.answer(store, "digits", f"{marked.node}.rest", Answer("label", 7, 1.0))
    members = service.card(store, "digits", f"{marked.node}.rest").members
    wrong = service.card(store, "digits", marked.node).answer.wrong
    service.answer(store, "digits", marked.node, Answer("label", 5, 0.4, wrong=wrong))
    work()  # nothing waits: the rest is there already
    found = labels(store)
    assert (found[members] == 7).all()
    others = np.setdiff1d(marked.members, members)
    assert (found[others] == 5).all()
    assert len(service.cards(store, "digits")) == 11


def test_after_a_split_of_the_card_its_rest_is_gone(store, marked, work):
    service.answer(store, "digits", marked.node, Answer("split", split=2))
    work()
    nodes = [card.node for card in service.cards(store, "digits")]
    assert f"{marked.node}.1" in nodes
    assert f"{marked.node}.rest" not in nodes


def test_a_few_marks_make_no_question(store, work):
    card = service.cards(store, "digits")[0]
    service.answer(store, "digits", card.node, Answer("label", 4, 0.5, wrong=card.shown[:3]))
    assert service.last_job(store, "digits", "split") is None


def test_the_setting_turns_it_off(store, work):
    config = service.project(store, "digits").config
    ask = config.ask.model_copy(update={"rest": False})
    service.recluster(store, "digits", config.model_copy(update={"ask": ask}))
    work()
    card = service.cards(store, "digits")[0]
    service.answer(store, "digits", card.node, Answer("label", 4, 0.5, wrong=card.shown[:9]))
    assert service.last_job(store, "digits", "split") is None


def test_other_marks_make_another_rest(store, marked, work):
    service.undo(store, "digits")
    wrong = marked.shown[1:9]
    service.answer(store, "digits", marked.node, Answer("label", 4, 0.5, wrong=wrong))
    assert len(service.cards(store, "digits")) == 10  # the old one went with its marks
    work()
    assert set(wrong) <= set(service.card(store, "digits", f"{marked.node}.rest").members)
    service.answer(store, "digits", marked.node, Answer("label", 4, 1.0))
    assert len(service.cards(store, "digits")) == 10


def test_a_rest_may_have_a_rest(store, marked, work, monkeypatch):
    monkeypatch.setattr("labeller.rounds.questions.candidates.LEAST_MEMBERS", 2)
    card = rest_of(store, marked)
    wrong = card.shown[: len(card.shown) // 2]
    service.answer(store, "digits", card.node, Answer("label", 7, 0.5, wrong=wrong))
    work()
    below = rest_of(store, card)
    service.answer(store, "digits", below.node, Answer("label", 8, 1.0))
    found = labels(store)
    members = [one.members for one in (marked, card, below)]
    assert (found[members[2]] == 8).all()
    assert (found[np.setdiff1d(members[1], members[2])] == 7).all()
    assert (found[np.setdiff1d(members[0], members[1])] == 4).all()
    assert service.labelling(store, "digits").images_labelled == marked.size
    service.undo(store, "digits", answer=1)  # takes both rests and their answers along
    assert service.answers(store, "digits") == []
