"""Answers of a round that another one replaces: they count on, whenever they were given."""

import numpy as np
import pytest

from labeller import service
from labeller.errors import StateError
from labeller.jobs import cluster
from labeller.records import Answer
from labeller.store.files import read_labels
from tests.conftest import QUICK
from tests.jobs.tasks import map_task

PROJECT = "digits"


def said_of_all(store) -> np.ndarray:
    """The label of each image by the answers of all rounds, -1 none."""
    return service.preview(store, PROJECT).labels


def test_answers_given_while_a_training_runs_count_in_the_round_that_it_opens(store, work):
    service.train(store, PROJECT, QUICK)  # queued before anything was answered
    card = service.cards(store, PROJECT)[0]
    service.answer(store, PROJECT, card.node, Answer("label", 3))
    work()
    assert service.current_round(store, PROJECT).number == 2
    assert (said_of_all(store)[card.members] == 3).all()
    progress = service.labelling(store, PROJECT)
    assert progress.images_before == len(card.members)
    assert {each.known > 0 for each in service.cards(store, PROJECT)} == {True, False}


def test_an_answer_given_while_the_round_is_made_counts_too(store, monkeypatch):
    first, second = service.cards(store, PROJECT)[:2]
    service.answer(store, PROJECT, first.node, Answer("label", 3))
    group = cluster.cluster

    def answered_meanwhile(*args, **kwargs):
        service.answer(store, PROJECT, second.node, Answer("label", 4))
        return group(*args, **kwargs)

    monkeypatch.setattr(cluster, "cluster", answered_meanwhile)
    task = map_task(store)
    cluster.open_round(task, 1, QUICK)
    kept = read_labels(task.folder.propagation(1), task.images.count)["labels"]
    assert (kept[first.members] == 3).all()
    assert (kept[second.members] == 4).all()


def test_a_round_without_answers_leaves_nothing(store, work):
    service.train(store, PROJECT, QUICK)
    work()
    assert not map_task(store).folder.propagation(1).exists()
    assert service.labelling(store, PROJECT).images_before == 0


def test_an_answer_to_a_card_of_a_round_that_is_over_is_refused(store, work):
    """A key pressed as the next round opened would otherwise answer another card's number."""
    node = service.cards(store, PROJECT)[0].node
    service.train(store, PROJECT, QUICK)
    work()
    with pytest.raises(StateError, match="round 1 is over"):
        service.answer(store, PROJECT, node, Answer("label", 3), round=1)
    with pytest.raises(StateError, match="round 1 is over"):
        service.undo(store, PROJECT, node=node, round=1)
    assert service.answer(store, PROJECT, node, Answer("label", 3), round=2).round == 2
