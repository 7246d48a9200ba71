"""Any answer of the open round can be taken back, with all that followed from it."""

import pytest

from labeller import service
from labeller.config import PropagateConfig
from labeller.errors import NotFoundError, StateError
from labeller.rounds.answer import Answer


def numbers(store):
    return [each.number for each in service.answers(store, "digits")]


def test_an_answer_in_the_middle_is_taken_back(store):
    cards = service.cards(store, "digits")
    for place in range(3):
        service.answer(store, "digits", cards[place].node, Answer("label", place))
    gone = service.undoing(store, "digits", 2)
    assert gone.answer.node == cards[1].node
    assert gone.unlabelled == cards[1].size
    assert (gone.relabelled, gone.reweighed, gone.followers, gone.revived) == (0, 0, (), None)
    assert not gone.propagated
    assert numbers(store) == [1, 2, 3]
    assert service.undo(store, "digits", answer=2).number == 2
    assert numbers(store) == [1, 3]
    assert service.card(store, "digits", cards[1].node).state == "open"


def test_a_split_takes_its_children_and_their_answers_along(store, work):
    parent, other = (card.node for card in service.cards(store, "digits")[:2])
    service.answer(store, "digits", parent, Answer("split", split=3))
    work()
    service.answer(store, "digits", other, Answer("label", 5))
    service.answer(store, "digits", f"{parent}.1", Answer("label", 1), expert="ada")
    service.answer(store, "digits", f"{parent}.2", Answer("split", split=2))
    work()
    service.answer(store, "digits", f"{parent}.2.1", Answer("label", 2))
    gone = service.undoing(store, "digits", 1)
    assert [each.node for each in gone.followers] == [
        f"{parent}.1",
        f"{parent}.2",
        f"{parent}.2.1",
    ]
    assert 0 < gone.unlabelled < service.card(store, "digits", other).size * 10
    service.undo(store, "digits", answer=1)
    assert numbers(store) == [2]
    assert service.card(store, "digits", parent).state == "open"
    assert (service.preview(store, "digits").labels >= 0).sum() == service.card(
        store, "digits", other
    ).size
    # Split again: the children are new, and no old answer comes back with them.
    service.answer(store, "digits", parent, Answer("split", split=3))
    work()
    children = [c for c in service.cards(store, "digits") if c.node.startswith(f"{parent}.")]
    assert [child.state for child in children] == ["open"] * 3


def test_an_earlier_answer_about_the_cluster_stands_again(store):
    service.answer(store, "digits", "1", Answer("label", 1))
    service.answer(store, "digits", "1", Answer("label", 2))
    gone = service.undoing(store, "digits", 2)
    assert gone.revived is not None
    assert gone.revived.label == 1
    assert gone.relabelled == service.card(store, "digits", "1").size
    assert service.undoing(store, "digits", 1).relabelled == 0
    service.undo(store, "digits", answer=2)
    assert service.card(store, "digits", "1").answer.label == 1


def test_what_was_propagated_from_it_goes_too(store):
    for place, card in enumerate(service.cards(store, "digits")):
        service.answer(store, "digits", card.node, Answer("label", place))
    service.propagate(store, "digits")
    assert service.undoing(store, "digits", 4).propagated
    service.undo(store, "digits", answer=4)
    folder = store.project_folder(service.project(store, "digits").id)
    assert not folder.propagation(1).exists()
    assert not folder.statement(1).exists()
    with pytest.raises(StateError, match="propagat"):
        service.retrain(store, "digits")
    service.propagate(store, "digits", PropagateConfig(rule="spreading"))
    service.retrain(store, "digits")


@pytest.mark.parametrize("taken_back", [1, 2])
def test_the_first_and_the_last_answer_that_was_propagated_count_too(store, taken_back):
    for place, card in enumerate(service.cards(store, "digits")[:2]):
        service.answer(store, "digits", card.node, Answer("label", place))
    service.propagate(store, "digits")
    assert service.undoing(store, "digits", taken_back).propagated
    service.undo(store, "digits", answer=taken_back)
    folder = store.project_folder(service.project(store, "digits").id)
    assert not folder.propagation(1).exists()
    with pytest.raises(StateError, match="propagat"):
        service.retrain(store, "digits")


def test_a_later_answer_leaves_the_propagation_alone(store):
    cards = service.cards(store, "digits")
    service.answer(store, "digits", cards[0].node, Answer("label", 0))
    service.propagate(store, "digits")
    service.answer(store, "digits", cards[1].node, Answer("label", 1))
    assert not service.undoing(store, "digits", 2).propagated
    service.undo(store, "digits")
    folder = store.project_folder(service.project(store, "digits").id)
    assert folder.propagation(1).exists()


def test_an_unknown_answer_is_named(store):
    service.answer(store, "digits", "1", Answer("label", 1))
    for verb in (service.undoing, lambda *a: service.undo(a[0], a[1], answer=a[2])):
        with pytest.raises(NotFoundError, match=r"answer 7 is not among .* \(1\)"):
            verb(store, "digits", 7)


def test_an_answer_of_a_finished_round_is_taken_back(store, work):
    for place, card in enumerate(service.cards(store, "digits")):
        service.answer(store, "digits", card.node, Answer("label", place))
    members = service.card(store, "digits", "1").members
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    number = next(a.number for a in service.answers(store, "digits", 1) if a.node == "1")
    assert (service.preview(store, "digits").labels[members] >= 0).all()
    gone = service.undoing(store, "digits", number)
    assert (gone.unlabelled, gone.relabelled, gone.propagated) == (len(members), 0, False)
    service.undo(store, "digits", answer=number)
    found = service.preview(store, "digits")
    assert (found.labels[members] == -1).all()
    assert number not in found.source
    assert not service.provenance(store, "digits", int(members[0])).evidence
    assert service.rounds(store, "digits")[0].state == "finished"
    # The next retraining learns without it.
    card = next(c for c in service.cards(store, "digits") if c.state == "open")
    service.answer(store, "digits", card.node, Answer("label", 1))
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    assert all(view.state == "done" for view in service.jobs(store))
