"""Several people on one project: their answers stand beside each other and count together."""

import pytest

from labeller import service
from labeller.rounds.answer import Answer
from labeller.service.lookup import reading
from labeller.ui.label.grid.payload import card_data

PROJECT = "digits"


@pytest.fixture
def node(store):
    """The first card, of which two people say different things."""
    node = service.cards(store, PROJECT)[0].node
    say(store, node, "ada", 3)
    say(store, node, "ben", 5)
    return node


def say(store, node, expert, label, **values):
    said = Answer("label", label, values.pop("confidence", 1.0))
    return service.answer(store, PROJECT, node, said, expert=expert, **values)


def reasons(store):
    return [issue.reason for issue in service.label_issues(store, PROJECT)]


def test_another_person_replaces_nothing(store, node):
    card = service.card(store, PROJECT, node)
    assert [(one.expert, one.label) for one in card.voices] == [("ada", 3), ("ben", 5)]
    assert (card.answer.label, card.disputed) == (3, True)
    found = service.preview(store, PROJECT)
    assert (found.labels[card.members] == 3).all()
    assert found.weights.max() < 0.6
    assert reasons(store) == ["People differ (ada: 3, ben: 5): please look again."]
    say(store, node, "ben", 3)
    assert reasons(store) == []
    assert service.preview(store, PROJECT).weights.max() > 0.9


def test_a_third_person_settles_it(store, node):
    say(store, node, "cy", 5, check=None)
    card = service.card(store, PROJECT, node)
    assert (card.answer.label, card.disputed, reasons(store)) == (5, False, [])
    assert service.people(store, PROJECT).disputed == 0


def test_whoever_looked_again_is_not_asked_again(store, node):
    say(store, node, "ben", 5, check=None)
    assert service.open_round(store, PROJECT, expert="ben").issues == {}
    assert list(service.open_round(store, PROJECT, expert="ada").issues) == [node]


def test_the_dispute_stays_in_sight_and_so_does_what_counts(store, node):
    say(store, node, "ben", 5, check=None)
    shown = service.open_round(store, PROJECT, expert="ben").cards[0]
    assert (shown.answer.label, shown.counts.label, shown.disputed) == (5, 3, True)
    assert card_data(shown)["counts"] == {"label": 3}
    assert card_data(shown)["disputed"]
    same = service.open_round(store, PROJECT, expert="ada").cards[0]
    assert card_data(same)["counts"] is None


def test_each_meets_their_own_answer_and_undoes_their_own(store, node):
    for expert, label in (("ada", 3), ("ben", 5), ("cy", 3)):
        now = service.open_round(store, PROJECT, expert=expert)
        assert now.cards[0].answer.label == label
        assert now.order == ([] if expert == "cy" else [node])
        assert now.newest == 2
    assert service.undo(store, PROJECT, node=node, expert="ada").number == 1
    assert service.card(store, PROJECT, node).answer.expert == "ben"


def test_what_stands_after_an_undo_is_told(store, node):
    gone = service.undoing(store, PROJECT, 1)
    assert (gone.revived.label, gone.relabelled > 0) == (5, True)
    assert service.undoing(store, PROJECT, 2).revived is None


def test_two_people_per_card(store):
    service.set_people_per_card(store, PROJECT, 2)
    node = service.cards(store, PROJECT)[0].node
    assert service.labelling(store, PROJECT).open == 10
    say(store, node, "ada", 3)
    assert service.labelling(store, PROJECT).open == 10
    to_ben = service.cards(store, PROJECT, expert="ben")[0]
    assert (to_ben.state, to_ben.answer, to_ben.voices) == ("open", None, ())
    assert service.cards(store, PROJECT, expert="ada")[0].state == "labelled"
    say(store, node, "ben", 3)
    assert service.labelling(store, PROJECT).open == 9
    assert service.cards(store, PROJECT, expert="cy")[0].state == "labelled"
    with pytest.raises(ValueError, match="people"):
        service.set_people_per_card(store, PROJECT, 0)
    assert service.people(store, PROJECT).per_card == 2


def test_agreement_is_counted_over_shared_cards(store):
    nodes = [card.node for card in service.cards(store, PROJECT)[:6]]
    for place, node in enumerate(nodes):
        say(store, node, "ada", place % 3)
        say(store, node, "ben", place % 3 if place else 2)
    say(store, nodes[0], "cy", 0)
    found = service.people(store, PROJECT)
    assert [(one.name, one.answers, one.shared) for one in found.people] == [
        ("ada", 6, 6),
        ("ben", 6, 6),
        ("cy", 1, 1),
    ]
    assert found.people[1].reliability < found.people[0].reliability
    pair = found.pairs[0]
    assert (pair.one, pair.other, pair.cards, pair.agreed) == ("ada", "ben", 6, 5)
    assert pair.kappa == pytest.approx(0.75)
    assert found.alpha == pytest.approx(0.74, abs=0.05)
    assert found.fleiss is None  # one card has three voices, more than any other
    assert found.shared == 6


def test_one_person_needs_no_agreement(store):
    service.answer(store, PROJECT, service.cards(store, PROJECT)[0].node, Answer("skip"))
    found = service.people(store, PROJECT)
    assert (len(found.people), found.pairs, found.alpha, found.shared) == (1, (), None, 0)
    assert service.newest_answer(store, PROJECT) == 1


def test_a_split_settles_it_as_a_label_does(store, node, work):
    split = Answer("split", split=2)
    service.answer(store, PROJECT, node, split, expert="cy", check=None)
    work()
    assert [one.node for one in service.cards(store, PROJECT) if one.node == node] == []
    assert service.people(store, PROJECT).disputed == 0


def test_who_would_split_a_card_that_keeps_its_label_may_answer_it_again(store):
    node = service.cards(store, PROJECT)[0].node
    say(store, node, "ada", 3)
    service.answer(store, PROJECT, node, Answer("split", split=2), expert="ben")
    card = service.open_round(store, PROJECT, expert="ben").cards[0]
    assert (card.state, card.answer.label) == ("labelled", 3)
    assert reasons(store) == ["People differ (ada: 3, ben: not a class): please look again."]


def test_who_is_still_to_answer_is_told_nothing_of_the_others(store, node):
    service.set_people_per_card(store, PROJECT, 3)
    to_cy = service.open_round(store, PROJECT, expert="cy")
    card = next(card for card in to_cy.cards if card.node == node)
    assert (card.state, card.disputed, to_cy.issues) == ("open", False, {})
    assert list(service.open_round(store, PROJECT, expert="ada").issues) == [node]
    # Without having seen that they differ, it is a voice more and no second look.
    assert not say(store, node, "cy", 5, check=None).checked
    assert service.card(store, PROJECT, node).disputed
    assert say(store, node, "dan", 5, check=None).checked
    assert not service.card(store, PROJECT, node).disputed


def test_what_one_person_marked_as_wrong_stays_so_beside_more_marks_of_another(store):
    card = service.cards(store, PROJECT)[0]
    for expert, wrong in (("ada", card.shown[:1]), ("ben", card.shown[1:3])):
        said = Answer("label", 4, 1.0, wrong=wrong)
        service.answer(store, PROJECT, card.node, said, expert=expert)
    found = service.preview(store, PROJECT)
    assert (found.labels[list(card.shown[:3])] == -1).all()
    assert (found.labels[list(card.shown[3:])] == 4).all()


@pytest.fixture
def marked(store, work):
    """The first card, whose rest two people marked alike, and one of them answered."""
    card = service.cards(store, PROJECT)[0]
    wrong = card.shown[len(card.shown) // 2 :]
    for expert in ("ada", "ben"):
        said = Answer("label", 4, 0.5, wrong=wrong)
        service.answer(store, PROJECT, card.node, said, expert=expert)
    work()
    say(store, f"{card.node}.rest", "ben", 7)
    return card


def test_a_rest_that_two_people_marked_is_one(store, marked):
    nodes = [card.node for card in service.cards(store, PROJECT)]
    assert nodes.count(f"{marked.node}.rest") == 1
    assert len(nodes) == 11


def test_undo_leaves_a_rest_that_another_person_marked_too(store, marked):
    gone = service.undoing(store, PROJECT, 1)
    assert gone.followers == ()
    service.undo(store, PROJECT, answer=1)
    assert service.card(store, PROJECT, f"{marked.node}.rest").answer.label == 7
    service.undo(store, PROJECT, answer=2)
    assert service.answers(store, PROJECT) == []


def test_nobody_is_said_to_have_seen_what_people_differ_about(store, node):
    with reading(store, PROJECT) as rows:
        assert rows.shown_of_sure() == {}
    card = service.cards(store, PROJECT)[1]
    marked = Answer("label", 4, 1.0, wrong=card.shown[:1])
    service.answer(store, PROJECT, card.node, marked, expert="ada")
    shown = list(card.shown[1:])
    assert service.preview(store, PROJECT).looked[shown].all()
    say(store, card.node, "ben", 6)
    found = service.preview(store, PROJECT)
    assert (found.labels[shown] == 4).all()
    assert not found.looked[shown].any()
    say(store, card.node, "cy", 4, check=None)
    with reading(store, PROJECT) as rows:
        assert 5 in rows.shown_of_sure()
