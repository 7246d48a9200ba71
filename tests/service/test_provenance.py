"""Where an image's label comes from, and what a confidence does."""

import numpy as np
import pytest

from labeller import service
from labeller.config import PropagateConfig
from labeller.errors import NotFoundError, StateError
from labeller.rounds.answer import Answer
from tests.service.test_round import label_truly


def members(store, node):

    return service.card(store, "digits", node).members


def test_one_round(store):
    card = service.cards(store, "digits")[0]
    stored = service.answer(store, "digits", card.node, Answer("label", 4, 0.8))
    decay = PropagateConfig(decay="gaussian")
    found = service.provenance(store, "digits", card.medoid, decay)
    assert (found.image, found.label, found.name) == (card.medoid, 4, "4")
    assert (found.split, found.cluster) == ("train", card.node)
    (one,) = found.evidence
    assert one.answer == stored
    assert one.agrees
    assert one.decides
    # The Gaussian decay, scaled by the median distance; asked for here whatever the project has.
    assert (
        one.weight
        == found.weight
        == pytest.approx(0.8 * np.exp(-((one.distance / card.spread) ** 2)), rel=1e-4)
    )
    assert one.distance is not None
    assert one.distance >= 0
    other = service.provenance(store, "digits", service.cards(store, "digits")[1].medoid)
    assert (other.label, other.name, other.evidence, other.weight) == (-1, "", (), 0)


def test_rounds_that_agree_and_contradict(store, work):
    label_truly(store)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    work()
    card = service.cards(store, "digits")[0]
    before = service.provenance(store, "digits", card.medoid)
    assert [one.answer.round for one in before.evidence] == [1]
    wrong = (before.label + 1) % 10
    service.answer(store, "digits", card.node, Answer("label", wrong, 0.6))
    after = service.provenance(store, "digits", card.medoid)
    assert [one.answer.round for one in after.evidence] == [1, 2]
    assert [one.agrees for one in after.evidence] == [True, False]
    assert [one.decides for one in after.evidence] == [True, False]
    assert after.weight < before.weight
    service.answer(store, "digits", card.node, Answer("label", before.label, 0.6))
    agreed = service.provenance(store, "digits", card.medoid)
    assert all(one.agrees for one in agreed.evidence)
    assert agreed.weight == pytest.approx(before.weight)


def test_a_label_that_came_along_the_neighbours(store):
    cards = service.cards(store, "digits")
    for place, card in enumerate(cards):
        service.answer(store, "digits", card.node, Answer("label", place))
    spreading = PropagateConfig(rule="spreading", core=0.3)
    found = service.preview(store, "digits", spreading)
    train = np.concatenate([members(store, card.node) for card in cards])
    assert (found.labels[train] >= 0).all()
    moved = np.flatnonzero(np.isnan(found.distance) & (found.labels >= 0))
    assert 0 < len(moved) < len(train) / 3
    why = service.provenance(store, "digits", int(moved[0]), spreading)
    (one,) = why.evidence
    assert one.distance is None
    assert one.answer.node != why.cluster
    again = service.preview(store, "digits", spreading)
    np.testing.assert_array_equal(again.weights, found.weights)


@pytest.mark.parametrize("rule", ["spreading", "poisson"])
def test_clusters_without_an_answer_keep_no_label(store, rule):
    cards = service.cards(store, "digits")
    for card in cards[:3]:
        service.answer(store, "digits", card.node, Answer("label", 1))
    found = service.preview(store, "digits", PropagateConfig(rule=rule))
    told = sum(card.size for card in cards[:3])
    assert 0.7 * told < (found.labels >= 0).sum() < 1.3 * told


def test_rounds_opened_by_an_older_version_have_no_neighbours(store):
    service.answer(store, "digits", "1", Answer("label", 1))
    project = service.project(store, "digits")
    store.project_folder(project.id).neighbours(1, "latent").unlink()
    with pytest.raises(StateError, match="poisson needs the neighbours"):
        service.preview(store, "digits", PropagateConfig(rule="poisson"))
    assert service.preview(store, "digits").coverage > 0


def test_images_are_found_by_number_and_by_name(store):
    names = service.image_names(store, "digits", [17])
    assert service.provenance(store, "digits", names[0]).image == 17
    assert service.provenance(store, "digits", 17).path == names[0]
    assert service.provenance(store, "digits", "17").image == 17
    assert service.provenance(store, "digits", 17).evidence == ()
    for missing in (5000, "nobody.png", ""):
        with pytest.raises(NotFoundError, match=r"image must be below|no image is called"):
            service.provenance(store, "digits", missing)


def test_a_confidence_can_be_tried_without_saying_it(store):
    label_truly(store)
    before = service.preview(store, "digits")
    number = int(before.by_answer["number"][0])
    tried = service.preview(store, "digits", confidences={number: 0.25})
    rows = before.by_answer["number"] == number
    ratio = tried.by_answer[rows]["weight"].item() / before.by_answer[rows]["weight"].item()
    assert ratio == pytest.approx(0.25, rel=1e-3)
    assert tried.by_answer[rows]["confidence"].item() == 0.25
    assert service.preview(store, "digits").effective == before.effective
    spreading = PropagateConfig(rule="spreading")
    before = service.preview(store, "digits", spreading).by_answer.set_index("number")["images"]
    tried = service.preview(store, "digits", spreading, confidences={number: 0.1})
    assert tried.by_answer.set_index("number")["images"][number] < before[number]
