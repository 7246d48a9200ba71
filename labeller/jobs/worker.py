"""The worker: a process of its own that claims jobs and runs them, one at a time per device.

While it does a long one, a second worker `beside` it does what a person waits for (`quick` kinds).

The app starts it when work waits; by hand it is `labeller worker --workspace DIR`.
"""

import argparse
import faulthandler
import logging
import math
import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from filelock import Timeout

from labeller.errors import JobCancelledError, LabellerError, StorageError, one_line
from labeller.events import Progress, Report, silent
from labeller.jobs import liveness, queue
from labeller.jobs.kinds import KINDS, QUICK_JOBS, payload_of
from labeller.jobs.task import Task, Warm
from labeller.registry import plugins_edited
from labeller.runtime.threads import yield_while_waiting
from labeller.store import Store
from labeller.store.schema import Job
from labeller.store.temporary import sweep

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
POLL_SECONDS = 0.2
REPORT_SECONDS = 0.25
IDLE_SECONDS = 900.0


def run(
    workspace: Path,
    device: str = "auto",
    idle_seconds: float = IDLE_SECONDS,
    *,
    beside: bool = False,
) -> None:
    """Works until nothing was queued for `idle_seconds`; returns when the device is taken."""
    tell_stacks()
    store = Store(workspace, patience=math.inf)  # no job fails for a lock
    store.refuse_read_only()
    lane = liveness.BESIDE if beside else ""
    with ExitStack() as locks:
        try:
            # Waits a moment: those who ask whether a worker lives hold the lock while they ask.
            lock = liveness.worker_lock(store.folder, lane + device)
            locks.enter_context(lock.acquire(timeout=3))
            resolved = _resolved(device)
            if resolved != device:
                lock = liveness.worker_lock(store.folder, lane + resolved)
                locks.enter_context(lock.acquire(timeout=3))
        except Timeout:
            log.info("another worker serves %s%s", lane, device)
            return
        liveness.sign(store.folder, lane + resolved)
        signal.signal(signal.SIGTERM, _terminate)
        log.info("process %d works on %s%s", os.getpid(), lane, resolved)
        _prepare(store, catalogue=not beside)
        _loop(store, resolved, lane, idle_seconds)


def run_waiting(store: Store, warm: Warm | None = None, report: Report = silent) -> None:
    """Runs all queued jobs in this process: for simulations and tests."""
    warm = warm or Warm("auto")
    name = f"inline-{os.getpid()}"
    with store.patient(), liveness.worker_lock(store.folder, name).acquire(timeout=3):
        while job := queue.claim(store, liveness.worker_name(name)):
            _run_job(store, job, warm, report)


def tell_stacks() -> None:
    """After a crash, and on SIGUSR1, standard error gets the place where every thread is.

    Only in the main thread, once. A thread of its own answers, so that the answer comes even
    while the main thread waits in C, and holds the GIL meanwhile: `faulthandler.register` reads
    the frames of running threads without it, which now and then ends the process (CPython's
    issue 116008).
    """
    faulthandler.enable()
    if not hasattr(signal, "SIGUSR1"):  # Windows
        return
    asked, asking = os.pipe()
    os.set_blocking(asking, False)  # set_wakeup_fd wants that
    signal.set_wakeup_fd(asking, warn_on_full_buffer=False)
    signal.signal(signal.SIGUSR1, lambda _signal, _frame: None)  # else it ends the process
    threading.Thread(target=_answer, args=(asked,), name="stacks", daemon=True).start()


def _answer(asked: int) -> None:
    while received := os.read(asked, 1):
        if received[0] == signal.SIGUSR1:
            faulthandler.dump_traceback(all_threads=True)


def _loop(store: Store, device: str, lane: str, idle_seconds: float) -> None:
    warm = Warm(device)
    name = liveness.worker_name(lane + device)
    last = time.monotonic()
    while time.monotonic() - last < idle_seconds:
        if plugins_edited():  # who waits for a job starts a worker that reads them anew
            log.info("a plug-in file was edited: this worker ends")
            return
        if store.is_outdated():
            log.info("labeller was updated: this worker, of before, ends")
            return
        job = queue.claim(store, name)
        if job is None:
            time.sleep(POLL_SECONDS)
            continue
        _run_job(store, job, warm)
        last = time.monotonic()


def _run_job(store: Store, job: Job, warm: Warm, also: Report = silent) -> None:
    log.info("job %d (%s) starts", job.id, job.kind)
    task = Task(store, job, warm, _reporter(store, job.id, also))
    stop = threading.Event()
    threading.Thread(target=_beat, args=(store, job.id, stop), daemon=True).start()
    try:
        result = KINDS[job.kind].load()(task, payload_of(job.kind, job.arguments))
    except (JobCancelledError, _TerminatedError) as ended:
        queue.finish(store, job.id, "cancelled")
        if isinstance(ended, _TerminatedError):
            raise SystemExit(0) from ended
    except LabellerError as error:
        queue.finish(store, job.id, "failed", error=str(error))
    except (ValueError, OSError) as error:
        log.exception("job %d failed", job.id)
        queue.finish(store, job.id, "failed", error=one_line(error))
    except Exception as error:
        log.exception("job %d failed", job.id)
        message = f"{type(error).__name__}: {one_line(error)}; the worker's log has the details"
        queue.finish(store, job.id, "failed", error=message)
    else:
        queue.finish(store, job.id, "done", result=result)
    finally:
        stop.set()
    if job.kind not in QUICK_JOBS:
        store.back_up()


def _reporter(store: Store, job_id: int, also: Report) -> Report:
    """A `report` that stores milestones and, of the rest, no more than the pages can show."""
    last = 0.0
    stage = ""

    def report(event: Progress) -> None:
        nonlocal last, stage
        also(event)
        moment = time.monotonic()
        if not event.milestone and event.stage == stage and moment - last < REPORT_SECONDS:
            return
        last, stage = moment, event.stage
        if queue.record(store, job_id, event):
            raise JobCancelledError(f"job {job_id} was cancelled")

    return report


def _beat(store: Store, job_id: int, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        try:
            queue.beat(store, job_id)
        except StorageError as error:  # the job itself meets it, if it lasts
            log.warning("job %d: %s", job_id, error)
        except Exception:  # the job may still come to its end: its own writes say what is wrong
            log.exception("job %d lives, and this could not be written down", job_id)


class _TerminatedError(BaseException):
    """SIGTERM arrived: the job ends where it is, its checkpoint stays."""


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise _TerminatedError


def _resolved(device: str) -> str:
    from labeller.runtime import resolve_device

    return str(resolve_device(device))


def _prepare(store: Store, *, catalogue: bool = True) -> None:
    """What pages need from torch's side is written here, and what jobs import is loaded."""
    from labeller.jobs.catalogue import write_catalogue

    if catalogue:
        sweep(store.folder, queue.wanted_sources(store))
        try:
            write_catalogue(store)
        except StorageError as error:  # pages wait for it; a job may still have room
            log.warning("%s", error)
    # Before a job starts a second thread that imports: one that waits for the other's import may
    # see half a module.
    for kind in KINDS.values():
        kind.load()


def main() -> None:
    """Entry point of `python -m labeller.jobs.worker`."""
    yield_while_waiting()
    parser = argparse.ArgumentParser(prog="labeller.jobs.worker", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--device", default="auto")
    idle = float(os.environ.get("LABELLER_IDLE_SECONDS", IDLE_SECONDS))
    parser.add_argument("--idle-seconds", type=float, default=idle)
    parser.add_argument("--beside", action="store_true")
    arguments = parser.parse_args()
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        run(arguments.workspace, arguments.device, arguments.idle_seconds, beside=arguments.beside)
    except LabellerError as error:  # who waits for the job meets the same, or finds it interrupted
        log.error("this worker ends: %s", error)
        sys.exit(1)


if __name__ == "__main__":
    main()
