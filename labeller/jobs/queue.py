"""The queue of jobs: rows that a worker claims, reports on and finishes. No torch."""

from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from labeller.errors import NotFoundError, StateError
from labeller.events import Progress
from labeller.jobs.kinds import QUICK_JOBS, ROUND_JOBS, Payload, kind_of
from labeller.jobs.liveness import any_worker as any_worker
from labeller.jobs.liveness import device_of as device_of
from labeller.jobs.liveness import is_beside as is_beside
from labeller.jobs.liveness import press, worker_lives
from labeller.store import Store
from labeller.store.schema import Event, Job, now
from labeller.store.waiting import SAID_AFTER

ACTIVE = ("queued", "running")
RESUMABLE = ("failed", "cancelled", "interrupted")
MOST_ATTEMPTS = 3


def enqueue(session: Session, project_id: int | None, payload: Payload) -> Job:
    """Adds a job inside the caller's transaction, so that it appears with what it belongs to."""
    row = Job(kind=kind_of(payload), project_id=project_id, arguments=payload.stored())
    session.add(row)
    session.flush()
    return row


def claim(store: Store, worker: str) -> Job | None:
    """The next job, now running under `worker`, or None: quick ones first, then the oldest.

    Dead workers are buried first.
    """
    reconcile(store, own=worker)
    with store.write() as session:
        ready, quick = claimable()
        query = select(Job).where(ready)
        query = query.where(quick) if is_beside(worker) else query
        row = session.scalar(query.order_by(quick.desc(), Job.id).limit(1))
        if row is None:
            return None
        row.state, row.worker, row.error, row.progress = "running", worker, "", {}
        row.started_at = row.heartbeat_at = now()
        row.finished_at = None
        return row


def claimable() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What holds of a job that could be claimed: the oldest queued one of a project of which none
    runs, so that jobs of one project run in order; and whether it is a quick one."""
    busy = select(Job.project_id).where(Job.state == "running", Job.project_id.is_not(None))
    free = or_(Job.project_id.is_(None), Job.project_id.not_in(busy))
    first = select(func.min(Job.id)).where(Job.state == "queued").group_by(Job.project_id)
    return and_(Job.id.in_(first), free), Job.kind.in_(QUICK_JOBS)


def beat(store: Store, job_id: int) -> bool:
    """Says that the job lives; returns whether its cancellation was asked for."""
    with store.write() as session:
        row = session.get(Job, job_id)
        if row is None:  # its project was deleted
            return True
        row.heartbeat_at = now()
        _tell_of_waiting(store, row)
        return row.cancel_at is not None


def record(store: Store, job_id: int, event: Progress) -> bool:
    """Stores the progress, a milestone for ever; returns whether to cancel."""
    with store.write() as session:
        row = session.get(Job, job_id)
        if row is None:  # its project was deleted
            return True
        row.heartbeat_at = now()
        same = row.progress.get("stage") == event.stage
        earlier = row.progress.get("metrics", {}) if same else {}
        row.progress = {
            "stage": event.stage,
            "done": event.done,
            "total": event.total,
            "message": event.message,
            "metrics": {**earlier, **event.metrics},
            "notice": event.notice or row.progress.get("notice", ""),
        }
        _tell_of_waiting(store, row)
        if event.milestone:
            metrics = dict(event.metrics)
            session.add(Event(job_id=job_id, stage=event.stage, done=event.done, metrics=metrics))
        return row.cancel_at is not None


def finish(
    store: Store, job_id: int, state: str, *, error: str = "", result: dict[str, Any] | None = None
) -> None:
    """Ends a running job in `state`."""
    with store.write() as session:
        row = session.get(Job, job_id)
        if row is not None:  # else its project was deleted
            row.state, row.error, row.finished_at = state, error, now()
            row.result = result or {}
            _tell_of_waiting(store, row)


def request_cancel(store: Store, job_id: int) -> None:
    """Asks for the end of a job: a queued one ends at once, a running one at its next report."""
    with store.write() as session:
        row = get(session, job_id)
        if row.state == "queued":
            row.state, row.finished_at = "cancelled", now()
        elif row.state == "running" and row.cancel_at is None:
            row.cancel_at = now()


def requeue(store: Store, job_id: int) -> None:
    """Queues an ended job again; it goes on from its last checkpoint."""
    with store.write() as session:
        row = get(session, job_id)
        if row.state not in RESUMABLE:
            raise StateError(f"job {job_id} is {row.state}; only an ended job can be resumed")
        if row.kind in ROUND_JOBS:
            _refuse_overtaken(session, row)
        row.state, row.error, row.cancel_at, row.finished_at = "queued", "", None, None
        row.attempts += 1


def wanted_sources(store: Store) -> list[str]:
    """What jobs may still import: those that wait or run, and those that can be resumed."""
    query = select(Job).where(Job.state.in_((*ACTIVE, *RESUMABLE)))
    with store.read() as session:
        return [
            row.arguments["source"] for row in session.scalars(query) if "source" in row.arguments
        ]


def is_active(folder: Path, row: Job) -> bool:
    """Whether the job waits, or runs in a worker that lives."""
    running = row.state == "running"
    return worker_lives(folder, row.worker, row.heartbeat_at) if running else row.state in ACTIVE


def reconcile(store: Store, own: str = "") -> None:
    """Marks jobs of dead workers as interrupted, and presses cancellations that are not heard.

    `own` is the caller when it is a worker: it holds the lock of its device, so any other worker
    of that device is dead. A workspace that is read-only stays as it is.
    """
    if store.read_only:
        return
    with store.read() as session:
        running = session.scalars(select(Job).where(Job.state == "running")).all()
    for row in running:
        replaced = own != row.worker and own.rpartition("|")[0] == row.worker.rpartition("|")[0]
        if replaced or not worker_lives(store.folder, row.worker, row.heartbeat_at):
            _bury(store, row)
        elif row.cancel_at is not None:
            press(store.folder, row)


def get(session: Session, job_id: int) -> Job:
    """The job's row; raises NotFoundError."""
    row = session.get(Job, job_id)
    if row is None:
        raise NotFoundError(f"there is no job {job_id}")
    return row


def _refuse_overtaken(session: Session, row: Job) -> None:
    """A job that opens rounds must not come back once a newer one has, or while one is active."""
    others = select(Job.id).where(
        Job.project_id == row.project_id, Job.id != row.id, Job.kind.in_(ROUND_JOBS)
    )
    active = others.where(Job.state.in_(ACTIVE)).limit(1)
    newer = others.where(Job.id > row.id, Job.state == "done").limit(1)
    if session.scalar(active) is not None or session.scalar(newer) is not None:
        raise StateError(f"job {row.id} was overtaken by a newer one; start a new {row.kind}")


def _tell_of_waiting(store: Store, row: Job) -> None:
    """Says on the job that its writing had to wait, once."""
    waited, store.longest_wait = store.longest_wait, 0.0
    if waited >= SAID_AFTER and not row.progress.get("notice"):
        notice = f"Another program kept the database locked for {waited:.0f} s; this waited for it."
        row.progress = {**row.progress, "notice": notice}


def _bury(store: Store, seen: Job) -> None:
    with store.write() as session:
        row = session.get(Job, seen.id)  # None: its project was deleted meanwhile
        if row is None or row.state != "running" or row.worker != seen.worker:
            return
        cancelled = row.cancel_at is not None
        if row.kind == "split" and not cancelled and row.attempts < MOST_ATTEMPTS:
            # Nobody waits at a button to resume a split: the card shows it as going on.
            row.state, row.attempts = "queued", row.attempts + 1
            return
        row.state = "cancelled" if cancelled else "interrupted"
        row.error = "" if cancelled else "the worker ended before the job did"
        row.finished_at = now()
