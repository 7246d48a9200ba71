"""What an ended job does to later ones: which it stops from coming back, and what it leaves."""

import socket

import pytest

from labeller.errors import StateError
from labeller.events import Progress
from labeller.jobs import liveness, queue
from labeller.store import Store
from labeller.store.schema import Job, Project
from tests.jobs.payloads import PAYLOADS

ME = liveness.worker_name("cpu")
DEAD = f"{socket.gethostname()}|cpu|999999"


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def add(store):
    """Queues a job of one project."""
    with store.write() as session:
        project = Project(name="p", source="digits", config={}, data={})
        session.add(project)
        session.flush()

    def enqueue(kind):
        with store.write() as session:
            return queue.enqueue(session, project.id, PAYLOADS[kind]).id

    return enqueue


def row(store, job):
    with store.read() as session:
        return queue.get(session, job)


def test_a_resumed_job_is_not_cancelled_a_second_time(store, add):
    job = add("train")
    queue.claim(store, ME)
    queue.record(store, job, Progress("train", 3, 9))
    queue.request_cancel(store, job)
    queue.finish(store, job, "cancelled")
    queue.requeue(store, job)
    assert queue.claim(store, ME).id == job
    assert row(store, job).progress == {}  # what it said before is not where it is now
    assert queue.beat(store, job) is False
    assert queue.record(store, job, Progress("train", 4, 9)) is False


def test_a_split_that_a_person_cancelled_is_not_tried_again(store, add):
    job = add("split")
    queue.claim(store, DEAD)
    queue.request_cancel(store, job)
    queue.reconcile(store, own=ME)
    assert row(store, job).state == "cancelled"


def test_only_a_newer_job_that_opened_a_round_overtakes(store, add):
    older, job, other = add("train"), add("cluster"), add("map")
    queue.request_cancel(store, job)
    for done in (older, other):
        queue.claim(store, ME)
        queue.finish(store, done, "done")
    waiting = add("map")
    queue.requeue(store, job)
    assert row(store, job).state == "queued"
    assert row(store, waiting).state == "queued"


def test_a_job_does_not_come_back_beside_another_that_opens_a_round(store, add):
    job = add("train")
    queue.request_cancel(store, job)
    add("cluster")
    with pytest.raises(StateError, match="overtaken"):
        queue.requeue(store, job)


def test_a_lost_job_whose_project_was_deleted_meanwhile_is_passed_over(store, add):
    seen = row(store, add("train"))
    with store.write() as session:
        session.delete(session.get(Job, seen.id))
    queue._bury(store, seen)
    with store.read() as session:
        assert session.get(Job, seen.id) is None
