"""What the Label page says above the cards."""

from labeller import service
from labeller.records import Answer
from labeller.ui.label.notes import notes
from tests.conftest import QUICK

PROJECT = "digits"


def said(store) -> list[str]:
    project = service.project(store, PROJECT)
    return notes(store, project, service.active_job(store, project))


def test_a_training_beside_the_cards_says_that_its_questions_take_over(store, work):
    assert said(store) == []
    service.train(store, PROJECT, QUICK)
    (note,) = said(store)
    assert "its questions take their place, and your answers count on" in note
    card = service.cards(store, PROJECT)[0]
    service.answer(store, PROJECT, card.node, Answer("label", 3))
    work()
    (note,) = said(store)
    assert f"Your 1 answer of round 1 count on: {card.size} of 1,438 images" in note
    service.answer(store, PROJECT, service.cards(store, PROJECT)[0].node, Answer("label", 3))
    assert said(store) == []
