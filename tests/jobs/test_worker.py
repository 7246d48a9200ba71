"""The worker process: what it loads in which order, and what it says when it seems to hang."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from labeller import service
from labeller.jobs import queue, worker
from labeller.jobs.kinds import PredictPayload
from labeller.store import Store
from labeller.store.schema import SCHEMA_VERSION, Workspace
from tests.support import PATIENCE, stop_workers, workers

PREPARING = """
import sys
from pathlib import Path
from labeller.jobs import worker
from labeller.store import Store

worker._prepare(Store(Path(sys.argv[1])))
print("labeller.jobs.train" in sys.modules, "umap" in sys.modules)
"""


def test_what_two_threads_need_is_loaded_before_a_training_starts_the_second(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", PREPARING, str(tmp_path / "workspace")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds workers in /proc")
def test_a_worker_says_where_it_is_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    store = service.open_store(folder)
    service.create_project(store, "digits", "digits")
    job = service.last_job(store, "digits", "ingest")
    assert job is not None
    service.wait(store, job.id)
    log = folder / "worker.log"
    try:
        (number,) = workers(folder)
        end = time.monotonic() + PATIENCE
        # Often: to look must never harm.
        for asked in range(1, 101):
            os.kill(number, signal.SIGUSR1)
            while log.read_text().count(" in _loop") < asked:
                assert workers(folder) == [number], log.read_text()[-8000:]
                assert time.monotonic() < end, log.read_text()[-8000:]
                time.sleep(0.005)
        assert f"process {number} works on " in log.read_text()
    finally:
        stop_workers(folder)
        store.close()


def test_a_worker_of_before_an_update_claims_nothing_more(tmp_path: Path) -> None:
    """It would write rows of the old version into tables of the new one."""
    store = Store(tmp_path / "workspace")
    with store.write() as session:
        job = queue.enqueue(session, None, PredictPayload(model=1, paths=("x",))).id
        session.scalars(select(Workspace)).one().schema_version = SCHEMA_VERSION + 1
    worker._loop(store, "cpu", "", 60.0)
    with store.read() as session:
        assert queue.get(session, job).state == "queued"
    store.close()
