"""Labels of single images, in orders that put those most likely wrong first."""

import numpy as np
import pytest

from labeller import service
from labeller.errors import StateError, UnknownNameError
from labeller.rounds.answer import Answer
from labeller.rounds.questions.label_orders import ORDERS, KnownLabels

PROJECT = "digits"


@pytest.fixture
def labelled(store):
    """Two cards with a label, one surer than the other."""
    one, other = service.cards(store, PROJECT)[:2]
    service.answer(store, PROJECT, one.node, Answer("label", 4, 0.9))
    service.answer(store, PROJECT, other.node, Answer("label", 7, 0.3))
    return store, one, other


@pytest.fixture
def taught(labelled):
    """The same after a model that learned from answers and says 4 of all, ever surer."""
    store, one, other = labelled
    with store.write() as session:
        from labeller.store.schema import Model

        row = session.get(Model, 1)
        row.taught_by = 1
    folder = store.project_folder(service.project(store, PROJECT).id).model(1)
    count = service.project(store, PROJECT).count
    np.save(folder / "predictions.npy", np.full(count, 4))
    np.save(folder / "certainty.npy", np.linspace(0.2, 1, count, dtype=np.float32))
    return store, one, other


def test_the_lowest_weight_comes_first(labelled):
    store, one, other = labelled
    found = service.doubtful_images(store, PROJECT)
    assert sorted(found) == sorted([*one.members, *other.members])
    weights = service.preview(store, PROJECT).weights[found]
    assert (np.diff(weights) >= 0).all()
    assert weights[0] < 0.3
    assert sorted(service.doubtful_images(store, PROJECT, label=4)) == sorted(one.members)


def test_who_was_looked_at_is_left_out(labelled):
    store, one, _ = labelled
    service.label_images(store, PROJECT, one.members[:3], 4, place="Review")
    service.label_images(store, PROJECT, one.members[3:5], None, place="Review")
    found = service.doubtful_images(store, PROJECT)
    assert not np.isin(one.members[:5], found).any()
    assert np.isin(one.members[:3], service.doubtful_images(store, PROJECT, unseen=False)).all()
    first, aside = service.image_labels(store, PROJECT, [one.members[0], one.members[3]])
    assert (first.label, first.looked, first.aside, first.weight) == (4, True, False, 1.0)
    assert (aside.label, aside.aside, aside.predicted) == (-1, True, -1)


def test_without_a_classifier_there_is_only_the_weight(labelled):
    store, *_ = labelled
    assert list(service.label_orders(store, PROJECT)) == ["weight"]
    with pytest.raises(StateError, match="needs a classifier"):
        service.doubtful_images(store, PROJECT, "margin")
    with pytest.raises(UnknownNameError):
        service.doubtful_images(store, PROJECT, "beauty")


def test_where_the_classifier_differs_the_surest_comes_first(taught):
    store, one, other = taught
    assert {"weight", "disagreement", "margin"} <= set(service.label_orders(store, PROJECT))
    found = service.doubtful_images(store, PROJECT, "disagreement")
    assert found.tolist() == sorted(other.members)[::-1]
    (known,) = service.image_labels(store, PROJECT, found[:1])
    assert (known.label, known.predicted) == (7, 4)
    assert known.certainty == pytest.approx(0.2 + 0.8 * found[0] / 1796, abs=1e-4)
    assert service.doubtful_images(store, PROJECT, "margin")[0] == min(*one.members, *other.members)


def test_nothing_labelled_is_nothing_to_look_at(store):
    assert len(service.doubtful_images(store, PROJECT)) == 0


def test_confident_learning_finds_a_label_that_the_classifier_is_sure_is_wrong():
    pytest.importorskip("cleanlab", reason="the extra cleanlab is not installed")
    draws = np.random.default_rng(0)
    truth = np.repeat([0, 3], 100)  # classes 1 and 2 have no label
    labels = truth.copy()
    labels[[5, 150]] = [3, 0]
    probable = np.full((200, 4), 0.02)
    probable[np.arange(200), truth] = draws.uniform(0.8, 0.99, 200)
    probable /= probable.sum(axis=1, keepdims=True)
    known = KnownLabels(labels, np.ones(200), probabilities=probable)
    assert sorted(ORDERS["confident-learning"].rows(known)) == [5, 150]
    alike = KnownLabels(np.zeros(3, np.int64), np.ones(3), probabilities=np.ones((3, 2)) / 2)
    assert len(ORDERS["confident-learning"].rows(alike)) == 0
