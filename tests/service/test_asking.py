"""Answers: stored before the page says so, undone by a new row, splits asked about again."""

import pytest

from labeller import service
from labeller.errors import NotFoundError, StateError
from labeller.rounds.answer import Answer
from tests.conftest import label_all


def test_a_card_shows_a_cluster(store):
    cards = service.cards(store, "digits")
    assert len(cards) == 10
    assert sum(card.size for card in cards) == service.project(store, "digits").train
    assert [card.size for card in cards] == sorted((c.size for c in cards), reverse=True)
    card = cards[0]
    assert card.state == "open"
    assert card.centre is not None
    assert card.centre.shape == (8, 8, 1)
    assert len(card.near) == len(card.random) == len(card.far) == 4
    assert 0 <= card.impurity <= 1


def test_an_answer_is_there_for_another_process(store):
    service.answer(store, "digits", "3", Answer("label", 7, 0.8), expert="ada")
    other = service.open_store(store.folder)
    (stored,) = service.answers(other, "digits")
    assert (stored.node, stored.label, stored.confidence, stored.expert) == ("3", 7, 0.8, "ada")
    assert service.card(other, "digits", "3").state == "labelled"


def test_progress_counts_images_not_only_cards(store):
    cards = service.cards(store, "digits")
    service.answer(store, "digits", cards[0].node, Answer("label", 1))
    service.answer(store, "digits", cards[1].node, Answer("skip"))
    found = service.labelling(store, "digits")
    assert (found.cards, found.open, found.labelled, found.skipped) == (10, 8, 1, 1)
    assert found.images_labelled == cards[0].size
    assert found.images_skipped == cards[1].size


def test_undo_takes_back_the_newest_answer_and_keeps_the_history(store):
    service.answer(store, "digits", "1", Answer("label", 1), expert="ada")
    service.answer(store, "digits", "2", Answer("label", 2), expert="bob")
    assert service.undo(store, "digits", expert="ada").node == "1"
    assert [a.node for a in service.answers(store, "digits")] == ["2"]
    assert service.undo(store, "digits").node == "2"
    with pytest.raises(StateError, match="no answer to undo"):
        service.undo(store, "digits")


def test_changing_an_answer_and_undoing_the_change(store):
    service.answer(store, "digits", "1", Answer("label", 1))
    service.answer(store, "digits", "1", Answer("label", 2))
    assert service.card(store, "digits", "1").answer.label == 2
    service.undo(store, "digits")
    assert service.card(store, "digits", "1").answer.label == 1


def test_a_split_is_asked_about_again_and_can_be_undone(store, work):
    parent = service.cards(store, "digits")[0]
    service.answer(store, "digits", parent.node, Answer("split", split=3))
    assert service.card(store, "digits", parent.node).state == "splitting"
    work()
    cards = service.cards(store, "digits")
    children = [c for c in cards if c.node.startswith(f"{parent.node}.")]
    assert len(children) == 3
    assert sum(c.size for c in children) == parent.size
    assert children[0].depth == 1
    gains = [c.gain for c in cards]
    assert gains == sorted(gains, reverse=True), "each part has the place of its own gain"
    service.undo(store, "digits")
    assert service.card(store, "digits", parent.node).state == "open"
    service.answer(store, "digits", parent.node, Answer("split", split=2))
    work()
    again = [c for c in service.cards(store, "digits") if c.depth == 1]
    assert len(again) == 2


def test_splits_nest(store, work):
    parent = service.cards(store, "digits")[0].node
    service.answer(store, "digits", parent, Answer("split", split=2))
    work()
    child = next(c.node for c in service.cards(store, "digits") if c.depth)
    service.answer(store, "digits", child, Answer("split", split=2))
    work()
    deepest = [c for c in service.cards(store, "digits") if c.depth == 2]
    assert [c.node.rpartition(".")[0] for c in deepest] == [child, child]


@pytest.mark.parametrize(
    ("node", "answer", "error", "message"),
    [
        ("99", Answer("skip"), NotFoundError, "the clusters are"),
        ("1.1", Answer("skip"), NotFoundError, "no cluster '1.1'"),
        ("1", Answer("label", 77), ValueError, "add the class first"),
    ],
)
def test_what_cannot_be_answered_is_refused(store, node, answer, error, message):
    with pytest.raises(error, match=message):
        service.answer(store, "digits", node, answer)
    assert service.answers(store, "digits") == []


def test_no_answer_slips_in_while_the_round_is_retrained_with(store):
    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    with pytest.raises(StateError, match="cannot answer while retrain is queued"):
        service.answer(store, "digits", "1", Answer("skip"))
    with pytest.raises(StateError, match="cannot undo"):
        service.undo(store, "digits")


def test_a_finished_round_is_read_only(store, work):
    label_all(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits", next_round=False)
    work()
    with pytest.raises(StateError, match="no open round"):
        service.answer(store, "digits", "1", Answer("skip"))


def test_how_mixed_cards_look_follows_from_the_answers(store):
    """In shares of its own images, whatever the other cards are; clean answers lower the hint."""
    before = {card.node: card for card in service.cards(store, "digits")}
    assert all(card.mixed == pytest.approx(min(card.impurity, 0.95)) for card in before.values())
    *rest, last = sorted(before.values(), key=lambda card: card.impurity)
    for card in rest:
        service.answer(store, "digits", card.node, Answer("label", 1))
    assert service.card(store, "digits", last.node).mixed < last.impurity
    for card in rest:
        wrong = card.shown[: len(card.shown) // 2]
        service.answer(store, "digits", card.node, Answer("label", 1, 0.5, wrong=wrong))
    assert service.card(store, "digits", last.node).mixed > last.impurity


def test_all_images_of_a_card_come_from_its_centre_to_its_edge(store):
    card = service.cards(store, "digits")[0]
    members = service.members(store, "digits", card.node)
    assert sorted(members) == sorted(card.members)
    assert set(card.near) <= set(members[: card.size // 2])
    assert set(card.far) <= set(members[card.size // 2 :])
    with pytest.raises(NotFoundError, match="no cluster 'none'"):
        service.members(store, "digits", "none")
