"""Staying with a job until it is done, and what Ctrl-C does meanwhile."""

import time

from labeller import service
from labeller.errors import LabellerError
from labeller.events import Report, silent
from labeller.jobs.kinds import PROJECT_JOBS
from labeller.records import JobView
from labeller.service.lookup import ProjectLike
from labeller.store import Store

CANCEL_SECONDS = 30.0
POLL_SECONDS = 0.2


def follow(store: Store, job: JobView, progress: Report | None = None) -> JobView:
    """Waits for `job`, passing its progress on; raises LabellerError unless it is done.

    Ctrl-C (KeyboardInterrupt) cancels the job, which keeps what was done, and is raised again with
    a note that says how to go on.
    """
    try:
        return service.wait(store, job.id, progress or silent)
    except KeyboardInterrupt as interrupt:
        stop(store, job)
        then = "; go on with resume()" if job.kind in PROJECT_JOBS else ""
        interrupt.add_note(f"{job.kind} was stopped, what was done is kept{then}")
        raise


def wait_for_splits(store: Store, project: ProjectLike, progress: Report | None = None) -> None:
    """Returns when no cluster of the project is being split; raises LabellerError if one cannot."""
    for job in reversed(service.jobs(store, project)):
        if job.kind == "split" and job.active:
            follow(store, job, progress)


def stop(store: Store, job: JobView) -> None:
    """Asks for the cancellation and gives the worker some time to obey it."""
    try:
        service.cancel(store, job.id)
        until = time.monotonic() + CANCEL_SECONDS
        while service.job(store, job.id).active and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
    except LabellerError:
        return  # it ended in the meantime
