"""How far a project is: the same numbers for every page, over all rounds."""

import pytest

from labeller import service
from labeller.records import Answer
from labeller.ui.label.grid.payload import card_data
from tests.conftest import label_all


@pytest.fixture
def second(store, work):
    """The digits in round 2, with all images labelled in round 1 but for those of two cards."""
    label_all(store)
    first, second = service.cards(store, "digits")[:2]
    service.answer(store, "digits", first.node, Answer("skip"))
    service.undo(store, "digits", answer=next(
        one.number for one in service.answers(store, "digits") if one.node == second.node
    ))  # fmt: skip
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    return first.size + second.size


def test_a_round_begins_with_what_earlier_rounds_labelled(store, second):
    progress, project = service.labelling(store, "digits"), service.project(store, "digits")
    assert (progress.round, progress.answers) == (2, 0)
    assert progress.images_before == progress.images_labelled == project.train - second
    assert project.covered == pytest.approx(1 - second / project.train)
    table = service.results(store, "digits")
    assert table.iloc[-1]["coverage"] == pytest.approx(project.covered)
    shown = service.open_round(store, "digits")
    assert shown.before == progress.images_before
    left = sum(card.size * shown.fresh[card.node] for card in shown.cards)
    assert left == pytest.approx(second)


def test_an_answer_adds_the_images_that_had_no_label(store, second):
    shown = service.open_round(store, "digits")
    card = max(shown.cards, key=lambda card: card.size * shown.fresh[card.node])
    service.answer(store, "digits", card.node, Answer("label", 3))
    progress = service.labelling(store, "digits")
    new = card.size * shown.fresh[card.node]
    assert new > 0
    assert progress.images_labelled == round(progress.images_before + new)
    assert card_data(card, fresh=0.25)["fresh"] == 0.25


def test_what_was_undone_in_an_earlier_round_is_no_label_any_more(store, second):
    before = service.labelling(store, "digits").images_before
    card = next(one for one in service.cards(store, "digits", 1) if one.state == "labelled")
    service.undo(store, "digits", answer=card.answer.number)
    assert service.labelling(store, "digits").images_before == before - card.size


def test_an_earlier_answer_that_stands_again_keeps_its_images(store, work):
    label_all(store)
    card = service.cards(store, "digits")[0]
    other = service.answer(store, "digits", card.node, Answer("label", 7))
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    before = service.labelling(store, "digits").images_before
    service.undo(store, "digits", answer=other.number)
    assert service.labelling(store, "digits").images_before == before
    assert int((service.preview(store, "digits").labels >= 0).sum()) == before


def test_answers_that_were_undone_do_not_count(store):
    for label in (1, 2):
        service.answer(store, "digits", str(label), Answer("label", label))
    service.undo(store, "digits")
    assert service.project(store, "digits").answers == 1
    assert service.labelling(store, "digits").answers_total == 1
