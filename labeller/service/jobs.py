"""Jobs as pages and commands see them: progress, cancel, resume, and the worker behind them."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.data.sealed import read_json
from labeller.errors import DamagedFileError, LabellerError, StateError
from labeller.events import Progress, Report, silent
from labeller.jobs import queue
from labeller.jobs.kinds import QUICK_JOBS, title_of
from labeller.records import JobState, JobView
from labeller.runtime.plug_in_files import VARIABLE, plugin_files
from labeller.service.lookup import ProjectLike, find_project
from labeller.store import Store
from labeller.store.schema import Event, Job, Project

POLL_SECONDS = 0.2
ENDING_SECONDS = 0.05
MOST_FAILURES = 3

# A workspace, and whether it is the worker beside the other one.
Lane = tuple[Path, bool]
# Workers that this process started. One that still imports torch holds no lock yet, so without
# this a caller that polls would start another one each time.
_started: dict[Lane, subprocess.Popen[bytes]] = {}
# How many workers in a row ended with an error of their own.
_failures: dict[Lane, int] = {}


def job(store: Store, id: int) -> JobView:
    """The job of that number, as it stands now."""
    queue.reconcile(store)
    with store.read() as session:
        row = queue.get(session, id)
        waits = _waits_for(session, row) if row.state == "queued" else ""
        return replace(job_view(row), waits=waits)


def jobs(store: Store, project: ProjectLike | None = None) -> list[JobView]:
    """All jobs, or those of one project, newest first."""
    queue.reconcile(store)
    with store.read() as session:
        query = select(Job).order_by(Job.id.desc())
        if project is not None:
            query = query.where(Job.project_id == find_project(session, project).id)
        return [job_view(row) for row in session.scalars(query)]


def active_job(store: Store, project: ProjectLike) -> JobView | None:
    """The job that runs for the project, else the one that waits longest, else None."""
    active = [view for view in jobs(store, project) if view.active]
    running = [view for view in active if view.state == "running"]
    return next(iter(running or reversed(active)), None)


def last_job(store: Store, project: ProjectLike, *kinds: str) -> JobView | None:
    """The newest job of these kinds."""
    return next((view for view in jobs(store, project) if view.kind in kinds), None)


def curve(store: Store, job_id: int) -> list[dict[str, float]]:
    """One record per epoch of a training job: `epoch`, loss terms, images per second, seconds."""
    with store.read() as session:
        query = select(Event).where(Event.job_id == job_id, Event.stage == "train")
        events = session.scalars(query.order_by(Event.id))
        # An epoch that was run again after a kill replaces its first record.
        records = {event.done: {"epoch": event.done, **event.metrics} for event in events}
    return [records[epoch] for epoch in sorted(records)]


def cancel(store: Store, id: int) -> None:
    """Asks a job to stop."""
    queue.request_cancel(store, id)


def resume(store: Store, id: int) -> JobView:
    """Queues an ended job again, to go on from its last checkpoint.

    Raises StateError when a newer job has overtaken it.
    """
    queue.requeue(store, id)
    ensure_worker(store)
    return job(store, id)


def ensure_worker(store: Store) -> None:
    """Starts a worker process when work waits and none lives on this machine; and one beside it
    when it does a long job while a person waits for a quick one (`QUICK_JOBS`).

    A detached process outlives refreshes and the server. A worker is also started where the
    methods' catalogue is not written yet, or lacks a file that $LABELLER_PLUGINS names; none for a
    workspace that is read-only. Raises StateError when workers keep failing.
    """
    if store.read_only:
        return
    ready, quick = queue.claimable()
    with store.read() as session:
        waiting = session.scalar(select(Job.id).where(Job.state == "queued").limit(1))
        pressing = session.scalar(select(Job.id).where(ready, quick).limit(1))
        busy = session.scalar(select(Job.worker).where(Job.state == "running").limit(1))
    known = catalogued(store)
    if waiting is not None or not known:
        _start((store.folder, False))
    if pressing is not None and busy and known and queue.any_worker(store.folder):
        _start((store.folder, True), queue.device_of(busy))


def _start(lane: Lane, device: str = "auto") -> None:
    """Starts that worker unless it lives, or is about to; without the one beside, jobs wait."""
    folder, beside = lane
    if _is_starting(lane) or queue.any_worker(folder, beside=beside):
        return
    if beside and _failures.get(lane, 0) >= MOST_FAILURES:
        return
    if _failures.get(lane, 0) >= MOST_FAILURES:
        _failures.pop(lane)  # the next call, after a person has looked, tries again
        log_file = folder / "worker.log"
        raise StateError(f"the worker cannot start; the end of {log_file} says why")
    command = [sys.executable, "-m", "labeller.jobs.worker", "--workspace", str(folder)]
    command += ["--beside", "--device", device] if beside else []
    with (folder / "worker.log").open("ab") as log:
        _started[lane] = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env=_environment(),
            start_new_session=True,
        )


def catalogued(store: Store) -> bool:
    """Whether a worker that knew of our plug-in files has written what it found."""
    return methods(store) is not None and set(plugin_files()) <= set(
        _catalogue(store, "files") or ()
    )


def _environment() -> dict[str, str]:
    """Ours, with the users' plug-in files named from the root: a worker runs in another folder."""
    return {**os.environ, VARIABLE: os.pathsep.join(plugin_files())}


def _waits_for(session: Session, row: Job) -> str:
    """Why a queued job does not run yet: the job that it waits for, and how long that takes."""
    query = select(Job, Project.name).outerjoin(Project, Project.id == Job.project_id)
    active = session.execute(query.where(Job.state.in_(queue.ACTIVE)).order_by(Job.id)).all()
    running = [each for each in active if each[0].state == "running"]
    before = [each for each in active if each[0].id < row.id or each in running]
    own = [each for each in before if each[0].project_id == row.project_id is not None]
    if not running and not own:
        return "the worker starts"
    if row.kind in QUICK_JOBS and not own:
        besides = [each for each in running if queue.is_beside(each[0].worker)]
        if not besides:
            return "a worker of its own starts, as another one is busy"
        running = besides
    job, name = (own or running)[0]
    whose = "of this project" if own else f"of {name!r}" if name else ""
    left = (job.progress or {}).get("metrics", {}).get("seconds_left")
    long = f", about {max(1, round(left / 60))} min left in its present step" if left else ""
    return f"waits for the {title_of(job.kind).lower()} {whose}{long}"


def _is_starting(lane: Lane) -> bool:
    """Whether a worker that this process started lives; asking also buries a finished one."""
    process = _started.get(lane)
    if process is None:
        return False
    try:
        # A killed one lets go of its lock a moment before it can be buried.
        ended = process.wait(ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    _started.pop(lane)
    # A positive status is a failure of its own; a killed worker (negative) is simply replaced.
    _failures[lane] = _failures.get(lane, 0) + 1 if ended > 0 else 0
    return False


def wait(store: Store, id: int, report: Report = silent) -> JobView:
    """Waits for a job to end, passing its progress on; raises LabellerError unless it is done."""
    shown = None
    while True:
        ensure_worker(store)
        view = job(store, id)
        progress = (view.stage, view.done, view.total, view.message)
        if view.stage and progress != shown:
            report(Progress(*progress, metrics=view.metrics, notice=view.notice))
            shown = progress
        if view.state == "done":
            return view
        if not view.active:
            raise LabellerError(ended_message(view))
        time.sleep(POLL_SECONDS)


def ended_message(view: JobView) -> str:
    """Why a job ended before it was done."""
    return (
        view.error
        if view.state == "failed"
        else f"{view.kind} was {view.state}; resume it to go on"
    )


def methods(store: Store) -> dict[str, Any] | None:
    """The methods with their forms; None until a worker has written them."""
    return _catalogue(store, "methods")


def comparable(store: Store) -> dict[str, Any] | None:
    """The methods, and after them the references that learn from labels; None until written."""
    trained = methods(store)
    return None if trained is None else {**trained, **(_catalogue(store, "references") or {})}


def devices(store: Store) -> dict[str, Any] | None:
    """The devices of the worker's machine; None until a worker has written them."""
    return _catalogue(store, "devices")


def job_view(row: Job) -> JobView:
    progress = row.progress or {}
    return JobView(
        id=row.id,
        project=row.project_id,
        kind=row.kind,
        title=title_of(row.kind),
        state=cast(JobState, row.state),
        stage=progress.get("stage", ""),
        done=progress.get("done", 0),
        total=progress.get("total", 0),
        message=progress.get("message", ""),
        metrics=progress.get("metrics", {}),
        notice=progress.get("notice", ""),
        error=row.error,
        cancelling=row.state == "running" and row.cancel_at is not None,
        attempts=row.attempts,
        arguments=row.arguments,
        result=row.result,
        device=queue.device_of(row.worker) if row.worker else "",
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _catalogue(store: Store, part: str) -> dict[str, Any] | None:
    path = store.folder / "catalogue.json"
    try:
        content = read_json(path)
    except DamagedFileError:  # or not there: a worker writes it
        return None
    # Another version may have other methods and other forms: its catalogue says nothing of ours.
    same_version = content.get("version") == version("labeller")
    entries: dict[str, Any] | None = content.get(part) if same_version else None
    return entries
