"""Answers about images that were selected: labels for them, images set aside, and undoing."""

import numpy as np
import pytest

from labeller import service
from labeller.errors import AlreadyUndoneError, StateError
from labeller.jobs import taught_labels
from labeller.rounds.answer import Answer
from labeller.service.lookup import image_store
from labeller.store.selections import pack, unpack
from tests.jobs.tasks import map_task

PROJECT = "digits"


@pytest.fixture
def card(store):
    """The first card, answered with class 4."""
    card = service.cards(store, PROJECT)[0]
    service.answer(store, PROJECT, card.node, Answer("label", 4, 0.9))
    return card


def labels(store):
    return service.preview(store, PROJECT)


def test_numbers_are_kept_in_order_and_once():
    assert unpack(pack([70_000, 3, 3, 0])).tolist() == [0, 3, 70_000]
    assert unpack(pack([])).tolist() == []


def test_a_label_for_images_stands_against_that_of_their_cluster(store, card):
    chosen = card.members[:5]
    given = service.label_images(store, PROJECT, chosen[::-1], 7, confidence=0.8, expert="ada")
    assert (given.number, given.kind, given.label, given.size) == (2, "label", 7, 5)
    assert (given.node, given.expert, given.about) == (
        "Explore",
        "ada",
        "5 images selected on Explore",
    )
    assert service.images_of_answer(store, PROJECT, 2).tolist() == sorted(chosen.tolist())
    found = labels(store)
    assert (found.labels[chosen] == 7).all()
    assert found.weights[chosen] == pytest.approx(0.8)
    assert found.looked[chosen].all()
    assert (found.source[chosen] == 2).all()
    assert (found.labels[card.members[5:]] == 4).all()
    # The card answered anew, as a whole, does not change it.
    service.answer(store, PROJECT, card.node, Answer("label", 3, 1.0))
    assert (labels(store).labels[chosen] == 7).all()


def test_an_image_seen_on_a_card_later_has_the_label_of_the_card(store, card):
    service.label_images(store, PROJECT, [card.medoid], 7)
    service.answer(store, PROJECT, card.node, Answer("label", 4, 0.9, wrong=card.near[:1]))
    assert labels(store).labels[card.medoid] == 4
    service.label_images(store, PROJECT, [card.medoid], 7)
    assert labels(store).labels[card.medoid] == 7


def test_what_is_said_of_many_changes_no_image_that_was_looked_at(store, card, images):
    service.label_images(store, PROJECT, card.members[:2], 7)
    many = images.train[:300]
    service.label_images(store, PROJECT, np.union1d(many, card.members[:3]), 5)
    found = labels(store)
    assert found.labels[card.members[:3]].tolist() == [7, 7, 5]
    assert found.looked[card.members[:3]].tolist() == [True, True, False]
    others = np.setdiff1d(many, card.members[:2])
    assert (found.labels[others] == 5).all()


def test_images_set_aside_have_no_label_and_are_not_taught(store, card):
    chosen = card.members[:3]
    given = service.label_images(store, PROJECT, chosen, None)
    assert (given.kind, given.label) == ("exclude", None)
    assert service.set_aside(store, PROJECT).tolist() == sorted(chosen.tolist())
    service.propagate(store, PROJECT)
    assert (labels(store).labels[chosen] == -1).all()
    assert not np.isin(chosen, taught_labels.taught_labels(map_task(store), 1).index).any()
    table = service.labels_table(store, PROJECT)
    assert np.flatnonzero(table["set_aside"]).tolist() == sorted(chosen.tolist())
    assert service.provenance(store, PROJECT, int(chosen[0])).aside
    # A later look brings one back.
    service.label_images(store, PROJECT, chosen[:1], 4)
    assert service.set_aside(store, PROJECT).tolist() == sorted(chosen[1:].tolist())
    assert labels(store).labels[chosen[0]] == 4


def test_it_is_counted_once_and_taken_back(store, card):
    outside = np.setdiff1d(service.cards(store, PROJECT)[1].members, card.members)[:4]
    chosen = np.concatenate([card.members[:2], outside])
    service.label_images(store, PROJECT, chosen, 7)
    state = service.labelling(store, PROJECT)
    assert (state.answers, state.images_labelled) == (2, card.size + 4)
    service.label_images(store, PROJECT, card.members[:3], None)
    assert service.labelling(store, PROJECT).images_labelled == card.size + 4 - 3
    assert service.undoing(store, PROJECT, 3).unlabelled == 0
    gone = service.undoing(store, PROJECT, 2)
    assert (gone.unlabelled, gone.relabelled) == (4, 0)
    service.undo(store, PROJECT, answer=3)
    gone = service.undoing(store, PROJECT, 2)
    assert (gone.unlabelled, gone.relabelled) == (4, 2)
    service.undo(store, PROJECT, answer=2)
    assert (labels(store).labels[outside] == -1).all()
    assert (labels(store).labels[card.members] == 4).all()


def test_undo_on_a_card_leaves_selections_alone(store, card):
    service.label_images(store, PROJECT, card.members[:2], 7)
    assert service.undo(store, PROJECT, node=card.node).number == 1
    with pytest.raises(AlreadyUndoneError):
        service.undo(store, PROJECT, node=card.node)
    assert service.undo(store, PROJECT).number == 2
    assert service.open_round(store, PROJECT).order == []


def test_an_entry_that_is_sent_again_is_stored_once(store, card):
    for _ in range(2):
        given = service.label_images(store, PROJECT, [1], 7, entry=("browser", 5))
    assert given.number == 2
    assert len(service.answers(store, PROJECT)) == 2


@pytest.mark.parametrize(
    ("images", "label", "message"),
    [
        ([], 1, "at least one"),
        ([1.5], 1, "must be image numbers"),
        ([-1], 1, "must be image numbers, 0 or more, got \\[-1\\]"),
        ([9999], 1, "got 9999"),
        ([1], 99, "label must be one of"),
    ],
)
def test_what_cannot_be_is_refused(store, images, label, message):
    with pytest.raises(ValueError, match=message):
        service.label_images(store, PROJECT, images, label)
    assert service.answers(store, PROJECT) == []


def test_a_card_is_not_set_aside(store, card):
    with pytest.raises(ValueError, match="only images are"):
        service.answer(store, PROJECT, card.node, Answer("exclude"))


def test_held_out_images_never_get_a_label(store, images):
    with pytest.raises(StateError, match="1 of the images are held out"):
        service.label_images(store, PROJECT, [int(images.train[0]), int(images.test[0])], 1)


@pytest.fixture
def images(store):
    return image_store(store, service.project(store, PROJECT))
