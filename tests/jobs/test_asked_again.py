"""Wrong answers about photos: found by what was seen in others, asked again, put right."""

import numpy as np
import pytest
from sqlalchemy import select

from labeller import service
from labeller.config import PropagateConfig
from labeller.rounds.answer import Answer
from labeller.rounds.settings import changed
from labeller.service.lookup import reading
from labeller.store import second_looks
from labeller.store.files import read_arrays
from labeller.store.schema import Round

PROJECT = "digits"


@pytest.fixture
def slip(store, work, ready):
    """All cards answered rightly but one, whose class another card has: it, its class, the wrong.

    Each answer marks four images, so that clusters that touch decide nothing.
    """
    config, truth = ready
    service.train(store, PROJECT, changed(config, {"ask.rest": False}))
    work()
    cards = service.cards(store, PROJECT)
    right = {card.node: int(np.bincount(truth[card.members]).argmax()) for card in cards}
    labels = list(right.values())
    node = next(card.node for card in cards if labels.count(right[card.node]) > 1)
    wrong = next(label for label in labels if label != right[node])
    for card in cards:
        say(store, card, wrong if card.node == node else right[card.node])
    return node, right[node], wrong


def say(store, card, label, **more):
    service.answer(
        store, PROJECT, card.node, Answer("label", label, 0.8, wrong=card.shown[:4]), **more
    )


def again(store):
    return [card for card in service.cards(store, PROJECT) if card.again]


def of_slip(store, right):
    """The card that asks the slip again. The one card whose class it was given is asked too: its
    images are nothing like the slip's.
    """
    return next(card for card in again(store) if f"% are {right} " in card.again)


def next_round(store, work):
    service.propagate(store, PROJECT)
    service.retrain(store, PROJECT)
    work()
    assert not [job.error for job in service.jobs(store) if job.error]


def labels_of(store, images):
    return set(service.preview(store, PROJECT).labels[images].tolist())


def issues(store):
    return [issue.node for issue in service.label_issues(store, PROJECT)]


def test_it_is_doubted_at_once_until_two_looks_agree(store, slip):
    node, right, wrong = slip
    issue = service.label_issues(store, PROJECT)[0]
    assert (issue.node, issue.label, issue.instead) == (node, wrong, right)
    assert "most like these" in issue.reason
    card = service.card(store, PROJECT, node)
    third = next(label for label in range(10) if label not in (right, wrong))
    say(store, card, third, check=True)
    assert node in issues(store)  # two looks, two labels, and all that is like it has another
    say(store, card, third, check=True)
    assert node not in issues(store)
    service.undo(store, PROJECT)
    service.undo(store, PROJECT)
    say(store, card, right, check=True)
    assert issues(store) == []


def test_the_next_round_asks_it_again_and_the_answer_puts_the_old_one_right(store, work, slip):
    node, right, wrong = slip
    shown = list(service.card(store, PROJECT, node).shown[4:])
    next_round(store, work)
    card = of_slip(store, right)
    assert service.cards(store, PROJECT)[0].again  # before all others
    assert "hardly any" in card.again
    assert card.shown[4:] == tuple(shown)  # the very images that were seen
    assert labels_of(store, shown) == {wrong}
    service.answer(store, PROJECT, card.node, Answer("label", right, 1.0))
    assert labels_of(store, shown) == {right}
    assert issues(store) == []
    service.undo(store, PROJECT)
    assert labels_of(store, shown) == {wrong}
    service.answer(store, PROJECT, card.node, Answer("skip"))
    assert labels_of(store, shown) == {wrong}
    service.answer(store, PROJECT, card.node, Answer("label", right, 1.0))
    next_round(store, work)
    assert not {card.again for card in again(store)} & {card.again}  # once only
    assert labels_of(store, shown) == {right}


def test_a_split_takes_the_old_label_away(store, work, slip):
    node, right, wrong = slip
    shown = list(service.card(store, PROJECT, node).shown[4:])
    next_round(store, work)
    card = of_slip(store, right)
    service.answer(store, PROJECT, card.node, Answer("split", split=2))
    work()
    assert wrong not in labels_of(store, shown)
    parts = [one for one in again(store) if one.depth == 1]
    assert [one.again for one in parts] == [card.again] * 2
    service.undo(store, PROJECT)
    assert labels_of(store, shown) == {wrong}


def test_provenance_and_balance_say_what_the_answer_has_become(store, work, slip):
    node, right, _ = slip
    first = service.card(store, PROJECT, node)
    image = first.shown[-1]
    next_round(store, work)
    card = of_slip(store, right)
    service.answer(store, PROJECT, card.node, Answer("label", right, 1.0))
    found = service.provenance(store, PROJECT, image)
    assert found.label == right
    evidence = [one for one in found.evidence if one.answer.number == first.answer.number]
    assert [one.name for one in evidence] == [str(right)]
    decided = service.preview(store, PROJECT).by_answer
    assert set(decided[decided.number == first.answer.number].name) == {str(right)}


def test_who_was_asked_in_vain_three_times_is_not_asked_again(store, work, slip):
    node, _, _ = slip
    others = [c for c in service.cards(store, PROJECT) if c.node != node][:3]
    for card in others:
        say(store, card, card.answer.label, check=True)
    assert issues(store) == []
    next_round(store, work)
    assert again(store) == []


def test_cards_of_features_know_what_is_like_their_images(store, slip):
    view = service.project(store, PROJECT)
    folder = store.project_folder(view.id)
    for card in service.cards(store, PROJECT):
        alike = read_arrays(folder.node(view.round, card.node))["alike"]
        assert alike.shape[0] == len(card.shown)
        assert not np.isin(alike, card.shown).any()


@pytest.mark.parametrize("ends", ["other clusters", "not answered", "taken back"])
def test_a_question_that_nobody_answered_comes_again(store, work, slip, ready, ends):
    _, right, _ = slip
    next_round(store, work)
    if ends == "taken back":
        given = service.answer(
            store, PROJECT, of_slip(store, right).node, Answer("label", right, 1.0)
        )
        next_round(store, work)
        service.undo(store, PROJECT, answer=given.number)
    if ends == "other clusters":
        service.recluster(store, PROJECT, changed(ready[0], {"ask.rest": False}))
        work()
    else:
        other = next(card for card in service.cards(store, PROJECT) if not card.again)
        service.answer(store, PROJECT, other.node, Answer("label", right, 0.9))
        next_round(store, work)
    assert of_slip(store, right)


@pytest.mark.parametrize("rule", ["decay", "spreading"])
@pytest.mark.parametrize("join", ["strongest", "latest"])
def test_undoing_foretells_what_goes_with_either_answer(store, work, slip, rule, join):
    node, right, _ = slip
    first = service.card(store, PROJECT, node)
    service.propagate(store, PROJECT, PropagateConfig(rule=rule, join=join))
    service.retrain(store, PROJECT)
    work()
    start = service.preview(store, PROJECT).labels
    second = service.answer(store, PROJECT, of_slip(store, right).node, Answer("label", right, 1.0))
    for number in (second.number, first.answer.number):
        before, told = (
            service.preview(store, PROJECT).labels,
            service.undoing(store, PROJECT, number),
        )
        service.undo(store, PROJECT, answer=number)
        after = service.preview(store, PROJECT).labels
        kept = (before >= 0) & (after >= 0)
        assert told.unlabelled == ((before >= 0) & (after < 0)).sum()
        assert told.relabelled == (kept & (before != after)).sum()
        if number == second.number:
            np.testing.assert_array_equal(after, start)


def test_a_rule_that_is_gone_stands_in_no_ones_way(store, work, slip):
    node, right, wrong = slip
    shown = list(service.card(store, PROJECT, node).shown[4:])
    first = service.project(store, PROJECT).round
    next_round(store, work)
    with store.write() as session:
        row = session.scalar(select(Round).where(Round.number == first))
        row.propagated = {**row.propagated, "rule": "gone"}
    for label in (wrong, right):
        service.answer(store, PROJECT, of_slip(store, right).node, Answer("label", label, 1.0))
        assert labels_of(store, shown) == {label}


def test_another_confidence_leaves_a_settled_answer_settled(store, slip):
    node, _, wrong = slip
    card = service.card(store, PROJECT, node)
    say(store, card, wrong, check=True)
    assert node not in issues(store)
    marks = card.shown[:4]
    service.answer(store, PROJECT, node, Answer("label", wrong, 0.5, wrong=marks))
    assert node not in issues(store)


def test_a_confirmation_in_the_words_of_a_merge_is_one(store, slip):
    node, right, wrong = slip
    other = next(label for label in range(10) if label not in (right, wrong))
    service.merge_class(store, PROJECT, wrong, other)
    say(store, service.card(store, PROJECT, node), other, check=True)
    assert node not in issues(store)
    with reading(store, PROJECT) as rows:
        counts = second_looks.changed(rows)
    assert counts == (0, 1)


def test_images_named_alone_speak_and_are_not_asked_again(store, slip):
    node, _, wrong = slip
    card = service.card(store, PROJECT, node)
    service.answer(store, PROJECT, node, Answer("label", wrong, 1.0, only=card.shown[4:]))
    assert node not in issues(store)
    cards = [c for c in service.cards(store, PROJECT) if c.answer.label == wrong]
    assert len(cards) == 2  # the other is contradicted by the images that are called the same
    assert issues(store) == [next(c.node for c in cards if c.node != node)]


def test_an_unsure_answer_without_marks_says_nothing_of_each_image(store, slip):
    node, _, wrong = slip
    for confidence, doubted in [(0.9, False), (1.0, True)]:
        service.answer(store, PROJECT, node, Answer("label", wrong, confidence))
        reasons = {one.node: one.reason for one in service.label_issues(store, PROJECT)}
        assert ("most like these" in reasons.get(node, "")) == doubted


def test_answers_without_a_sure_image_open_the_next_round_all_the_same(store, work, slip):
    for card in service.cards(store, PROJECT):
        service.answer(store, PROJECT, card.node, Answer("label", card.answer.label, 0.9))
    next_round(store, work)
    assert again(store) == []


def test_later_cards_know_the_images_of_earlier_ones(store, work, slip):
    earlier = {image for card in service.cards(store, PROJECT) for image in card.shown}
    next_round(store, work)
    view = service.project(store, PROJECT)
    folder = store.project_folder(view.id)
    cards = service.cards(store, PROJECT)
    own = {image for card in cards for image in card.shown}
    found = [read_arrays(folder.node(view.round, card.node))["alike"] for card in cards]
    known = set(np.concatenate([alike.ravel() for alike in found]).tolist())
    assert known & (earlier - own)
    assert known <= earlier | own
