"""What a queued job waits for, and the worker that is started beside a busy one."""

import sys

import pytest

from labeller import service
from labeller.events import Progress
from labeller.jobs import liveness, queue
from labeller.store.schema import Project
from tests.jobs.payloads import PAYLOADS

ME = liveness.worker_name("cpu")
JOBS = sys.modules["labeller.service.jobs"]


@pytest.fixture
def store(tmp_path):
    opened = service.open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def projects(store):
    """The numbers of two projects."""
    with store.write() as session:
        rows = [Project(name=name, source="digits", config={}, data={}) for name in ("a", "b")]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


@pytest.fixture
def started(monkeypatch):
    """The options of the workers that would be started."""
    commands = []

    def start(command, **_options):
        commands.append(command[command.index("labeller.jobs.worker") + 1 :][2:])
        raise OSError("not really")

    monkeypatch.setattr(JOBS.subprocess, "Popen", start)
    monkeypatch.setattr(JOBS, "catalogued", lambda store: True)
    return commands


def add(store, project, kind):
    with store.write() as session:
        return queue.enqueue(session, project, PAYLOADS[kind]).id


def ensure(store):
    with pytest.raises(OSError, match="not really"):
        service.ensure_worker(store)


def test_a_job_says_whose_work_it_waits_for_and_how_long(store, projects):
    a, b = projects
    long, own, other = add(store, a, "train"), add(store, a, "map"), add(store, b, "train")
    assert service.job(store, long).waits == "the worker starts"
    assert service.job(store, own).waits == "waits for the training of this project"
    queue.claim(store, ME)
    queue.record(store, long, Progress("train", 1, 9, "", metrics={"seconds_left": 200.0}))
    quick = add(store, None, "map")
    left = ", about 3 min left in its present step"
    assert service.job(store, own).waits == f"waits for the training of this project{left}"
    assert service.job(store, other).waits == f"waits for the training of 'a'{left}"
    assert service.job(store, quick).waits == "a worker of its own starts, as another one is busy"
    assert service.job(store, long).waits == ""


def test_a_worker_is_started_beside_a_busy_one_when_a_person_waits(store, projects, started):
    a, b = projects
    with liveness.worker_lock(store.folder, "cpu").acquire(timeout=1):
        add(store, a, "train")
        queue.claim(store, ME)
        service.ensure_worker(store)
        add(store, b, "train")
        add(store, a, "map")  # behind the training of its own project
        service.ensure_worker(store)
        assert started == []
        add(store, None, "map")
        ensure(store)
        assert started == [["--beside", "--device", "cpu"]]
        with liveness.worker_lock(store.folder, f"{liveness.BESIDE}cpu").acquire(timeout=1):
            service.ensure_worker(store)
    assert len(started) == 1


def test_a_quick_job_alone_starts_the_worker_of_all_jobs(store, projects, started):
    add(store, projects[0], "split")
    ensure(store)
    assert started == [[]]


def test_no_worker_is_started_for_what_waits_behind_its_own_project(store, projects, started):
    a, b = projects
    with liveness.worker_lock(store.folder, "cpu").acquire(timeout=1):
        add(store, a, "train")
        queue.claim(store, ME)
        add(store, b, "train")
        behind = add(store, b, "map")
        service.ensure_worker(store)
    assert started == []
    assert service.job(store, behind).waits == "waits for the training of this project"


def test_a_quick_job_behind_another_one_says_so(store, projects):
    a, b = projects
    add(store, a, "train")
    queue.claim(store, ME)
    add(store, b, "map")
    queue.claim(store, liveness.worker_name(f"{liveness.BESIDE}cpu"))
    assert service.job(store, add(store, None, "map")).waits == "waits for the map of 'b'"


def test_a_worker_beside_that_cannot_start_leaves_the_job_to_the_other(
    store, projects, monkeypatch
):
    monkeypatch.setattr(JOBS, "catalogued", lambda store: True)
    monkeypatch.setitem(JOBS._failures, (store.folder, True), JOBS.MOST_FAILURES)
    with liveness.worker_lock(store.folder, "cpu").acquire(timeout=1):
        add(store, projects[0], "train")
        queue.claim(store, ME)
        add(store, projects[1], "split")
        service.ensure_worker(store)
