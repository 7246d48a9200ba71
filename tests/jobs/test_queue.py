"""The queue: order, claims, cancellation, and what happens to jobs of dead workers."""

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import pytest

from labeller.errors import NotFoundError, StateError
from labeller.events import Progress
from labeller.jobs import liveness, queue
from labeller.store import Store
from labeller.store.schema import Event, Job, Project
from tests.jobs.payloads import PAYLOADS


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
    yield opened
    opened.close()


def add(store, kind="map"):
    with store.write() as session:
        return queue.enqueue(session, None, PAYLOADS[kind]).id


def state(store, job):
    with store.read() as session:
        return queue.get(session, job).state


ME = liveness.worker_name("cpu")
ELSEWHERE = "elsewhere|cpu|7"
OTHER = f"{socket.gethostname()}|cpu|999999"


@pytest.fixture
def clock(monkeypatch):
    """The time of rows, and that of this process, which pass only as `clock.wait(seconds)`.

    Their difference is a clock that is set anew: `clock.now += ...`.
    """

    class Clock:
        now, process = datetime(2026, 1, 1), 1000.0

        @classmethod
        def wait(cls, seconds):
            cls.now += timedelta(seconds=seconds)
            cls.process += seconds

    monkeypatch.setattr(queue, "now", lambda: Clock.now)
    monkeypatch.setattr(liveness, "now", lambda: Clock.now)
    monkeypatch.setattr(liveness, "monotonic", lambda: Clock.process)
    return Clock


def test_jobs_are_claimed_in_order_and_once(store):
    first, second = add(store), add(store)
    claimed = []

    def claim():
        job = queue.claim(store, ME)
        claimed.append(job.id if job else None)

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(c for c in claimed if c) == [first, second]
    assert claimed.count(None) == 2


def test_a_queued_job_is_cancelled_at_once(store):
    job = add(store)
    queue.request_cancel(store, job)
    assert state(store, job) == "cancelled"
    assert queue.claim(store, ME) is None


def test_a_running_job_hears_of_its_cancellation_at_the_next_report(store):
    job = add(store)
    queue.claim(store, ME)
    assert queue.record(store, job, Progress("train")) is False
    queue.request_cancel(store, job)
    assert queue.record(store, job, Progress("train")) is True
    assert queue.beat(store, job) is True


def test_a_notice_stays_to_the_end_of_the_job(store):
    job = add(store)
    queue.claim(store, ME)
    queue.record(store, job, Progress("train", 1, 9, notice="another file was taken"))
    queue.record(store, job, Progress("embed"))
    queue.finish(store, job, "done")
    with store.read() as session:
        assert queue.get(session, job).progress["notice"] == "another file was taken"


def test_milestones_are_kept_and_other_progress_is_not(store):
    job = add(store)
    queue.claim(store, ME)
    queue.record(store, job, Progress("train", 1, 9, metrics={"loss": 2.0}))
    queue.record(store, job, Progress("train", 1, 9, metrics={"loss": 1.0}, milestone=True))
    with store.read() as session:
        assert [event.metrics for event in session.query(Event)] == [{"loss": 1.0}]
        assert session.get(Job, job).progress["done"] == 1


def test_metrics_of_a_stage_stay_until_the_next_stage(store):
    """A report names what it measured; the page shows all that is known of the stage."""
    job = add(store)
    queue.claim(store, ME)

    def metrics(*report, **more):
        queue.record(store, job, Progress(*report, metrics=more))
        with store.read() as session:
            return queue.get(session, job).progress["metrics"]

    assert metrics("train", 1, 9, loss=2.0, accuracy=0.5) == {"loss": 2.0, "accuracy": 0.5}
    assert metrics("train", 2, 9, loss=1.0) == {"loss": 1.0, "accuracy": 0.5}
    assert metrics("embed") == {}


def test_only_an_ended_job_is_resumed(store):
    job = add(store)
    queue.requeue(store, job)  # it waits already
    queue.claim(store, ME)
    with pytest.raises(StateError, match="only an ended job"):
        queue.requeue(store, job)
    queue.finish(store, job, "failed")
    queue.requeue(store, job)
    claimed = queue.claim(store, ME)
    assert claimed is not None
    assert claimed.attempts == 2


def test_the_job_of_a_dead_worker_is_interrupted(store):
    job = add(store)
    script = """
import os, signal, sys
from labeller.jobs import liveness, queue
from labeller.store import Store
store = Store(sys.argv[1])
lock = liveness.worker_lock(store.folder, "cpu")
lock.acquire()
queue.claim(store, liveness.worker_name("cpu"))
print("claimed", flush=True)
sys.stdin.read()
"""
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(store.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdout is not None
    other.stdout.readline()
    queue.reconcile(store)
    assert state(store, job) == "running"
    assert queue.any_worker(store.folder)
    other.kill()
    # Not waited for: an unreaped child answers signal 0, but its lock is gone.
    for _ in range(200):
        queue.reconcile(store)
        if state(store, job) != "running":
            break
        threading.Event().wait(0.02)
    assert state(store, job) == "interrupted"
    assert not queue.any_worker(store.folder)
    other.wait()


def test_a_worker_buries_its_predecessor_on_the_same_device(store):
    job = add(store)
    queue.claim(store, OTHER)
    with liveness.worker_lock(store.folder, "cpu").acquire():
        assert queue.claim(store, ME) is None
    assert state(store, job) == "interrupted"


@pytest.mark.parametrize("ahead", [0, 3, -3], ids=["right", "ahead", "behind"])
def test_a_worker_on_another_machine_is_dead_once_its_heartbeat_stays(store, clock, ahead):
    """Its lock cannot be seen from here, and its clock may be hours from ours."""
    job, hours = add(store), timedelta(hours=ahead)
    clock.now += hours
    queue.claim(store, ELSEWHERE)
    clock.now -= hours

    def seen_after(seconds):
        clock.wait(seconds)
        queue.reconcile(store)
        return state(store, job)

    def says(word):
        clock.now += hours
        word()
        clock.now -= hours

    for _ in range(3):  # it lives as long as it says so
        assert seen_after(liveness.HEARTBEAT_LOST - 1) == "running"
        says(lambda: queue.beat(store, job))
    assert seen_after(liveness.HEARTBEAT_LOST - 1) == "running"
    says(lambda: queue.record(store, job, Progress("train")))  # a report is a sign of life too
    assert seen_after(1) == "running"
    assert seen_after(liveness.HEARTBEAT_LOST - 1) == "running"
    assert seen_after(1) == "interrupted"


def test_a_job_of_another_machine_that_was_silent_for_days_holds_nobody_up(store, clock):
    """A workspace that was copied from another computer in the middle of a job."""
    job = add(store)
    queue.claim(store, ELSEWHERE)
    clock.now += timedelta(days=4)
    queue.reconcile(store)
    assert state(store, job) == "interrupted"


def test_a_clock_that_is_set_anew_ends_no_job(store, clock):
    job = add(store)
    queue.claim(store, ELSEWHERE)
    for hours in (5, -10, 24):
        clock.now += timedelta(hours=hours)
        queue.reconcile(store)
        assert state(store, job) == "running"


@pytest.fixture
def signals(monkeypatch):
    """The signals that were sent to other processes, instead of sending them."""
    sent = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    return sent


def test_a_cancellation_that_is_not_heard_is_pressed_ever_harder(store, clock, signals):
    """The worker is asked first: one that hears of it keeps its checkpoint and its device."""
    job = add(store)
    queue.claim(store, OTHER)
    term, kill = signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)
    with liveness.worker_lock(store.folder, "cpu").acquire():  # so it lives
        (store.folder / "locks" / f"worker-{socket.gethostname()}-cpu.name").write_text(OTHER)
        clock.wait(liveness.KILL_AFTER)
        queue.reconcile(store)
        assert signals == []  # nobody asked for its end
        queue.request_cancel(store, job)
        clock.wait(liveness.TERM_AFTER - 1)
        queue.request_cancel(store, job)  # pressed again: no second grace
        queue.reconcile(store)
        assert signals == []
        clock.wait(1)
        queue.reconcile(store)
        assert signals == [(999999, term)]
        clock.wait(liveness.KILL_AFTER - liveness.TERM_AFTER)
        queue.reconcile(store)
        assert signals == [(999999, term), (999999, kill)]
        assert state(store, job) == "running"  # until its lock is gone
    queue.reconcile(store)
    assert state(store, job) == "cancelled"


@pytest.mark.parametrize("worker", [ME, ELSEWHERE], ids=["me", "elsewhere"])
def test_no_signal_goes_to_oneself_or_to_a_number_of_another_machine(store, clock, signals, worker):
    job = add(store)
    queue.claim(store, worker)
    queue.request_cancel(store, job)
    clock.wait(liveness.KILL_AFTER)
    queue.reconcile(store)
    assert signals == []
    assert state(store, job) == "running"


@pytest.mark.parametrize("signed", [None, f"{socket.gethostname()}|cpu|999999-2"])
def test_no_signal_goes_to_a_number_that_is_somebody_elses_since(store, clock, signals, signed):
    """The lock of its device is held, but not by the worker whose job it is."""
    job = add(store)
    queue.claim(store, f"{OTHER}-1")
    queue.request_cancel(store, job)
    clock.wait(liveness.KILL_AFTER)
    with liveness.worker_lock(store.folder, "cpu").acquire():
        if signed:
            (store.folder / "locks" / f"worker-{socket.gethostname()}-cpu.name").write_text(signed)
        queue.reconcile(store)
    assert signals == []


def test_a_worker_signs_its_lock(store):
    with liveness.worker_lock(store.folder, "cuda:0").acquire():
        liveness.sign(store.folder, "cuda:0")
    signed = store.folder / "locks" / f"worker-{socket.gethostname()}-cuda_0.name"
    assert signed.read_text() == liveness.worker_name("cuda:0")
    assert not queue.any_worker(store.folder)  # a signature is no sign of life


def test_an_unknown_job_is_named(store):
    with pytest.raises(NotFoundError, match="no job 7"):
        queue.request_cancel(store, 7)


@pytest.fixture
def project(store):
    with store.write() as session:
        row = Project(name="p", source="digits", config={}, data={})
        session.add(row)
        session.flush()
        return row.id


def add_to(store, project, kind):
    with store.write() as session:
        return queue.enqueue(session, project, PAYLOADS[kind]).id


def test_two_workers_never_run_jobs_of_one_project_at_once(store, project):
    first, _ = add_to(store, project, "ingest"), add_to(store, project, "train")
    other = add(store, "predict")
    assert queue.claim(store, ME).id == first
    assert queue.claim(store, ME).id == other
    assert queue.claim(store, ME) is None


def test_an_overtaken_job_does_not_come_back(store, project):
    old, new = add_to(store, project, "train"), add_to(store, project, "train")
    queue.request_cancel(store, old)
    with pytest.raises(StateError, match="overtaken"):
        queue.requeue(store, old)
    queue.claim(store, ME)
    queue.finish(store, new, "done")
    with pytest.raises(StateError, match="overtaken"):
        queue.requeue(store, old)


def test_a_split_whose_worker_died_is_tried_again(store, project):
    job = add_to(store, project, "split")
    for _ in range(queue.MOST_ATTEMPTS):
        assert queue.claim(store, OTHER).id == job
        queue.reconcile(store, own=ME)
    assert state(store, job) == "interrupted"


def test_the_job_of_a_deleted_project_ends_quietly(store):
    assert queue.beat(store, 99) is True
    assert queue.record(store, 99, Progress("train")) is True
    queue.finish(store, 99, "failed", error="x")
