"""What the worker makes of a job's events and errors, and what a task keeps of its first start."""

import os
import threading
import time

import numpy as np
import pytest
from filelock import FileLock

from labeller import service
from labeller.config import EncodeConfig
from labeller.encoders import Encoder
from labeller.errors import DataError, JobCancelledError
from labeller.events import Progress, silent
from labeller.jobs import features, kinds, queue, worker
from labeller.jobs.kinds import MapPayload, RetrainPayload
from labeller.jobs.task import Task, Warm
from labeller.store.features import FeatureFile
from labeller.store.files import write_array
from tests.jobs.payloads import PAYLOADS


@pytest.fixture
def stored(monkeypatch):
    """The events that a reporter stores; time stands still."""
    events = []

    def record(store, job_id, event):
        events.append((event.stage, event.done))
        return False

    monkeypatch.setattr(queue, "record", record)
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    return events


def test_milestones_and_new_stages_are_stored_at_once_and_others_now_and_then(stored, monkeypatch):
    heard = []
    report = worker._reporter(None, 1, heard.append)
    report(Progress("train", 1))
    report(Progress("train", 2))  # too soon
    report(Progress("train", 3, milestone=True))
    report(Progress("encode", 4))
    report(Progress("encode", 5))  # too soon
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0 + worker.REPORT_SECONDS)
    report(Progress("encode", 6))
    assert stored == [("train", 1), ("train", 3), ("encode", 4), ("encode", 6)]
    assert [event.done for event in heard] == [1, 2, 3, 4, 5, 6]


def test_a_cancellation_ends_the_job_at_its_report(monkeypatch):
    monkeypatch.setattr(queue, "record", lambda *_: True)
    with pytest.raises(JobCancelledError, match="job 7"):
        worker._reporter(None, 7, silent)(Progress("train"))


class Raising:
    """A handler that raises, in the place of every other."""

    def __init__(self, monkeypatch, error):
        def handler(task, payload):
            raise error

        monkeypatch.setattr(kinds.JobKind, "load", lambda kind: handler)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError("the file is damaged"), "the file is damaged"),
        (ValueError("1 error\n  epochs\n  too many"), "1 error epochs too many"),
        (KeyError("x"), "KeyError: 'x'; the worker's log has the details"),
    ],
)
def test_an_error_is_one_line_for_the_person(store, monkeypatch, error, said):
    Raising(monkeypatch, error)
    with store.write() as session:
        number = queue.enqueue(session, 1, PAYLOADS["map"]).id
    worker.run_waiting(store)
    view = service.job(store, number)
    assert view.state == "failed"
    assert "\n" not in view.error
    assert view.error.split() == said.split()


def test_a_payload_that_does_not_fit_fails_the_job_in_one_line(store):
    with store.write() as session:
        row = queue.enqueue(session, 1, PAYLOADS["map"])
        row.arguments = {"map": "pca"}
    worker.run_waiting(store)
    view = service.job(store, row.id)
    assert view.state == "failed"
    assert "model" in view.error
    assert "\n" not in view.error


def test_a_terminated_worker_ends_and_its_job_is_cancelled(store, monkeypatch):
    Raising(monkeypatch, worker._TerminatedError())
    with store.write() as session:
        number = queue.enqueue(session, 1, PAYLOADS["map"]).id
    with pytest.raises(SystemExit):
        worker.run_waiting(store)
    assert service.job(store, number).state == "cancelled"


def task_of(store, payload) -> Task:
    with store.write() as session:
        row = queue.enqueue(session, 1, payload)
    return Task(store, row, Warm("cpu"), silent)


def test_a_resumed_job_has_the_classes_that_it_began_with(store):
    task = task_of(store, RetrainPayload(model=2, round=1))
    assert task.classes == 10
    service.add_class(store, "digits", "letter")
    with store.read() as session:
        resumed = Task(store, queue.get(session, task.job.id), Warm("cpu"), silent)
    assert task.classes == resumed.classes == 10
    assert resumed.job.arguments["model"] == 2
    assert task_of(store, RetrainPayload(model=2, round=1)).classes == 11


def test_a_method_that_was_written_anew_is_loaded_anew(store):
    task = task_of(store, MapPayload(model=1, map="pca"))
    folder = task.folder.model(1)
    method = task.warm.method(folder)
    assert task.warm.method(folder) is method
    os.utime(folder / "weights.safetensors", (1, 1))
    assert task.warm.method(folder) is not method


def test_rows_that_are_not_there_are_named(store):
    from labeller.errors import NotFoundError

    task = task_of(store, MapPayload(model=1, map="pca"))
    with pytest.raises(NotFoundError, match="there is no model 7"):
        task.model(7)
    with pytest.raises(NotFoundError, match="there is no round 7"):
        task.round(7)


class Counting(Encoder):
    """Sees the mean of each picture, and counts the batches."""

    name, title, licence = "counting", "Counting", "none"
    size, features, digest = 12, 1, "0123456789abcdef"
    batches = 0

    def forward(self, batch: np.ndarray) -> np.ndarray:
        Counting.batches += 1
        return batch.reshape(len(batch), -1).mean(axis=1, keepdims=True, dtype=np.float32)


def test_features_that_another_process_computes_are_waited_for(store):
    task = task_of(store, MapPayload(model=1, map="pca"))
    file = FeatureFile(task.folder, Counting.digest)
    file.path.parent.mkdir(parents=True, exist_ok=True)
    found = []
    Counting.batches = 0

    def compute():
        found.append(features.computed_once(task.images, Counting(EncodeConfig()), file))

    with FileLock(file.lock):  # held by the other process
        waiting = threading.Thread(target=compute)
        waiting.start()
        time.sleep(0.3)
        write_array(file.path, np.ones((task.images.count, 1), np.float16))
    waiting.join(60)
    assert Counting.batches == 0
    assert (found[0] == 1).all()


def test_time_left_is_of_the_images_left_at_the_speed_of_this_run(monkeypatch):
    moments = iter([100.0, 110.0, 120.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    pace = features.Pace("encode-features", Counting(EncodeConfig()), 100, done=40)
    event = pace.after(20, ", 3 known")
    assert (event.done, event.total) == (60, 100)
    assert event.message == "Counting: 60 of 100 images, 3 known"
    assert event.metrics == {"images_per_second": 2.0, "seconds_left": 20.0}
    assert pace.after(40).metrics == {"images_per_second": 3.0, "seconds_left": 0.0}


def test_directions_are_taken_from_the_training_images(store, ready, monkeypatch):
    asked = []

    def directions(values, last, train):
        asked.append(train)
        return np.asarray(values, np.float32)

    monkeypatch.setattr(features, "directions", directions)
    config, _ = ready
    task = task_of(store, MapPayload(model=1, map="pca"))
    points = features.directions_of(task, config)
    np.testing.assert_array_equal(asked[0], task.images.train)
    np.testing.assert_array_equal(points, features.directions_of(task, config))
    assert len(asked) == 1  # kept
