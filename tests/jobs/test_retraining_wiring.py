"""What a retraining learns from, what it goes on with after a stop, and what it writes down."""

import numpy as np
import pytest

from labeller import service
from labeller.config import RoundConfig
from labeller.jobs import queue, taught_labels, train
from labeller.rounds.answer import Answer
from labeller.store.files import write_array, write_arrays
from tests.conftest import QUICK
from tests.jobs.tasks import map_task

PROJECT = "digits"


def test_seen_images_are_those_with_a_label_that_may_be_learnt(store):
    task = map_task(store)
    count = task.images.count
    labels, looked = np.zeros(count, np.int64), np.ones(count, bool)
    labels[:5] = -1
    stored = {"labels": labels, "weights": np.ones(count, np.float32), "looked": looked}
    write_arrays(task.folder.propagation(1), {**stored, "source": np.full(count, 7)})
    taught = taught_labels.taught_labels(task, 1)
    np.testing.assert_array_equal(taught.seen, labels >= 0)
    np.testing.assert_array_equal(taught.index, task.images.train)


def test_images_of_the_audit_are_not_learnt_from(store):
    task = map_task(store)
    count = task.images.count
    stored = {"labels": np.zeros(count, np.int64), "weights": np.ones(count, np.float32)}
    write_arrays(task.folder.propagation(1), {**stored, "source": np.full(count, 7)})
    apart = np.sort(service.draw_audit(store, PROJECT, 50).images)
    taught = taught_labels.taught_labels(task, 1)
    np.testing.assert_array_equal(taught.index, np.setdiff1d(task.images.train, apart))
    assert set(taught.labels[apart]) == {-1}
    assert not taught.weights[apart].any()
    assert not taught.seen[apart].any()


def test_a_classifier_is_not_carried_over_to_the_next_model(tmp_path):
    before, after = tmp_path / "1", tmp_path / "2"
    before.mkdir()
    for name in ("latents.npy", "space-a.npy", "predictions.npy", "certainty.npy", "method.json"):
        (before / name).write_text(name)
    (before / "student").mkdir()
    train._carry_over(before, after)
    assert sorted(file.name for file in after.iterdir()) == ["latents.npy", "space-a.npy"]


@pytest.fixture
def propagated(store):
    """The round's cards all have a label, and so have the images."""
    for place, card in enumerate(service.cards(store, PROJECT)):
        service.answer(store, PROJECT, card.node, Answer("label", place % 10, 0.9))
    service.propagate(store, PROJECT)
    return store


def settings(**updates) -> RoundConfig:
    return QUICK.model_copy(update=updates)


def test_the_times_of_a_round_add_up_over_its_jobs(propagated, work):
    kept = QUICK.retrain.model_copy(update={"epochs": 0})
    service.retrain(propagated, PROJECT, config=settings(retrain=kept), next_round=False)
    work()
    round_ = map_task(propagated).round(1)
    assert {"embed", "cluster", "head", "predict"} <= set(round_.seconds)
    assert round_.state == "finished"


def test_a_stopped_retraining_goes_on_after_what_was_done(propagated, work, monkeypatch):
    """The network is taught once, and the student's training goes on from its checkpoint."""
    taught, resumed, seeds = [], [], []
    teach = train._teach

    def once(*arguments):
        taught.append(1)
        return teach(*arguments)

    def stopped(labelled_set, config, *, resume, seed, **_):
        resumed.append(resume)
        seeds.append(seed)
        raise ValueError("enough")

    monkeypatch.setattr(train, "_teach", once)
    monkeypatch.setattr("labeller.rounds.student.train_student", stopped)
    student = QUICK.student.model_copy(update={"use": True})
    job = service.retrain(propagated, PROJECT, config=settings(student=student)).id
    work()
    assert service.job(propagated, job).state == "failed"
    queue.requeue(propagated, job)
    work()
    assert taught == [1]
    assert resumed == [False, True]
    assert seeds == [QUICK.train.seed + 1] * 2  # of the round that teaches


def test_the_score_of_the_head_counts_merged_classes_as_one(propagated, monkeypatch):
    task = map_task(propagated)
    targets = np.load(task.folder.data / "targets.npy")
    write_array(task.folder.model(1) / "predictions.npy", targets)
    student = task.folder.student(1)
    student.mkdir()
    (student / "weights.safetensors").write_bytes(b"")
    service.merge_class(propagated, PROJECT, 9, 8)
    swapped = np.where(targets == 8, 9, targets)
    monkeypatch.setattr(train, "_said_by_head", lambda *_: swapped)
    metrics = train._finish_round(task, 1, 1, {})
    if len(task.images.test):
        assert metrics["head_accuracy"] == metrics["test_accuracy"] == 1.0
    assert metrics["train_accuracy"] == 1.0
