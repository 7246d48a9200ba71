"""Tasks that no queue knows of, for tests of what a job's own code does."""

from labeller.events import silent
from labeller.jobs.kinds import ClusterPayload, Payload, kind_of
from labeller.jobs.task import Task, Warm
from labeller.store.schema import Job, now


def task_for(store, payload: Payload, **fields) -> Task:
    """A task of the project that no queue knows of."""
    job = {"id": 99, "project_id": 1, "attempts": 1, "created_at": now(), **fields}
    row = Job(kind=kind_of(payload), arguments=payload.stored(), **job)
    return Task(store, row, Warm("cpu"), silent)


def map_task(store, **fields) -> Task:
    return task_for(store, ClusterPayload(model=1), **fields)
