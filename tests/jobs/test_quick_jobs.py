"""What a person waits for comes first, and beside a long job of another project."""

import pytest

from labeller.jobs import liveness, queue
from labeller.store import Store
from labeller.store.schema import Project
from tests.jobs.payloads import PAYLOADS

ME = liveness.worker_name("cpu")


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path)
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


def state_of(store, job):
    with store.read() as session:
        return queue.get(session, job).state


def queued(store, project, kind):
    with store.write() as session:
        return queue.enqueue(session, project, PAYLOADS[kind]).id


def test_what_a_person_waits_for_comes_first_but_not_within_a_project(store, projects):
    a, b = projects
    long, behind, quick = (queued(store, a, "train"), queued(store, a, "map"),
                           queued(store, b, "split"))  # fmt: skip
    claimed = [queue.claim(store, ME).id for _ in range(2)]
    assert claimed == [quick, long]
    assert state_of(store, behind) == "queued"


def test_a_worker_beside_does_quick_jobs_of_other_projects_only(store, projects):
    a, b = projects
    beside = liveness.worker_name(f"{liveness.BESIDE}cpu")
    queued(store, a, "train")
    own = queued(store, a, "map")
    assert queue.claim(store, beside) is None
    assert queue.claim(store, ME) is not None
    other = queued(store, b, "split")
    assert queue.claim(store, beside).id == other
    assert queue.claim(store, beside) is None
    assert state_of(store, own) == "queued"


def test_a_worker_beside_is_not_taken_for_the_one_of_all_jobs(store):
    with liveness.worker_lock(store.folder, f"{liveness.BESIDE}cpu").acquire(timeout=1):
        assert not queue.any_worker(store.folder)
        assert queue.any_worker(store.folder, beside=True)
    with liveness.worker_lock(store.folder, "cpu").acquire(timeout=1):
        assert queue.any_worker(store.folder)
        assert not queue.any_worker(store.folder, beside=True)
