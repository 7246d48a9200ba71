"""Answers with marks, "all but these" and "only these": what becomes of each image."""

import numpy as np
import pytest

from labeller import service
from labeller.config import PropagateConfig
from labeller.errors import LabellerError
from labeller.rounds.answer import Answer

DECAY = PropagateConfig(rule="decay", decay="gaussian")
RULES = [DECAY, PropagateConfig(rule="spreading"), PropagateConfig(rule="poisson")]


def shown(card):
    return np.array([card.medoid, *card.near, *card.random, *card.far])


def first(store):
    return service.cards(store, "digits")[0]


def all_but(store, card, wrong, confidence=0.6, label=4):
    said = Answer("label", label, confidence, wrong=wrong)
    return service.answer(store, "digits", card.node, said)


@pytest.mark.parametrize("rule", RULES, ids=lambda config: config.rule)
def test_all_but_these(store, rule):
    card, other = service.cards(store, "digits")[:2]
    service.answer(store, "digits", other.node, Answer("label", 4, 0.9))
    wrong = shown(card)[[2, 5]]
    given = all_but(store, card, wrong)
    assert (given.wrong, given.only) == (tuple(sorted(wrong.tolist())), ())
    right = np.setdiff1d(shown(card), wrong)
    found = service.preview(store, "digits", rule)
    assert (found.labels[right] == 4).all()
    assert (found.weights[right] == 1).all()
    assert (found.source[right] == given.number).all()
    assert (found.labels[wrong] == -1).all()
    assert (found.weights[wrong] == 0).all()
    rest = np.setdiff1d(card.members, shown(card))
    rest = rest[found.source[rest] == given.number]
    assert len(rest)
    assert (found.labels[rest] == 4).all()
    assert (found.weights[rest] <= 0.6 + 1e-6).all()


@pytest.mark.parametrize("rule", RULES, ids=lambda config: config.rule)
def test_only_these(store, rule):
    card = first(store)
    right = shown(card)[[1, 3]]
    said = Answer("label", 4, 0.7, only=right)
    given = service.answer(store, "digits", card.node, said)
    found = service.preview(store, "digits", rule)
    assert np.flatnonzero(found.labels >= 0).tolist() == sorted(right.tolist())
    assert found.weights[right] == pytest.approx(0.7)
    assert (found.labels[right] == 4).all()
    state = service.labelling(store, "digits")
    assert (state.labelled, state.images_labelled) == (1, 2)
    again = service.preview(store, "digits", rule, confidences={given.number: 0.2})
    assert again.weights[right] == pytest.approx(0.2)


def test_it_is_kept_undone_and_counted(store):
    card = first(store)
    wrong = tuple(sorted(shown(card)[:3].tolist()))
    all_but(store, card, wrong)
    assert service.card(store, "digits", card.node).answer.wrong == wrong
    assert service.answers(store, "digits")[0].wrong == wrong
    assert service.labelling(store, "digits").images_labelled == card.size - 3
    assert service.undoing(store, "digits", 1).unlabelled == card.size - 3
    service.undo(store, "digits")
    assert service.card(store, "digits", card.node).answer is None
    assert (service.preview(store, "digits").labels == -1).all()


def test_the_table_and_the_origin_say_that_an_image_was_looked_at(store):
    card = first(store)
    wrong, right = card.near[0], card.near[1]
    all_but(store, card, [wrong])
    table = service.labels_table(store, "digits").set_index("image")
    assert table.loc[right, ["label", "confidence", "weight"]].tolist() == [4, 1, 1]
    assert table.loc[wrong, "label"] == -1
    rest = np.setdiff1d(card.members, shown(card))
    assert (table.loc[rest, "confidence"] == 0.6).all()
    (one,) = service.provenance(store, "digits", right).evidence
    assert (one.looked, one.decides, one.weight) == (True, True, 1)
    (one,) = service.provenance(store, "digits", int(rest[0])).evidence
    assert not one.looked
    assert service.provenance(store, "digits", wrong).evidence == ()


def test_a_later_round_reads_what_was_denied(store, work):
    for number, card in enumerate(service.cards(store, "digits")):
        said = Answer("label", number % 10, 0.9, wrong=card.near[:1])
        service.answer(store, "digits", card.node, said)
    marked = [card.near[0] for card in service.cards(store, "digits")]
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    before = service.labels_table(store, "digits").set_index("image")
    assert (before.loc[marked, "label"] == -1).all()
    asked = next(c for c in service.cards(store, "digits") if set(c.shown) - set(marked))
    image = next(iter(set(asked.shown) - set(marked)))
    label = int(before.loc[image, "label"])
    said = Answer("label", label, 0.9, wrong=[image])
    service.answer(store, "digits", asked.node, said)
    after = service.labels_table(store, "digits").set_index("image")
    assert after.loc[image, "label"] == -1
    service.undo(store, "digits")
    assert service.labels_table(store, "digits").loc[image, "label"] == label


def test_a_merge_of_the_classes_takes_a_denial_back(store, work):
    card = first(store)
    all_but(store, card, card.near[:1])
    service.propagate(store, "digits")
    service.merge_class(store, "digits", 5, 4)
    found = service.preview(store, "digits")
    assert found.labels[card.near[0]] == -1
    assert found.labels[card.near[1]] == 4


def test_another_confidence_on_review_keeps_the_marks(store):
    card = first(store)
    given = all_but(store, card, card.near[:2])
    found = service.preview(store, "digits", DECAY, confidences={given.number: 0.1})
    assert found.weights[card.near[3]] == 1
    assert found.labels[card.near[0]] == -1


@pytest.mark.parametrize("field", ["wrong", "only"])
def test_marks_must_be_on_the_card(store, field):
    card, other = service.cards(store, "digits")[:2]
    said = Answer("label", 4, **{field: [card.medoid, other.medoid]})
    with pytest.raises(
        ValueError, match=rf"^{field} must be images on the card .*\[{other.medoid}"
    ):
        service.answer(store, "digits", card.node, said)
    assert service.answers(store, "digits") == []


def test_marks_must_leave_something(store):
    card = first(store)
    with pytest.raises((ValueError, LabellerError), match="wrong must leave an image of the card"):
        all_but(store, card, shown(card))
