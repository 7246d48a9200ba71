"""The worker process: what it loads in which order, and what it says when it seems to hang."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labeller import service
from tests.support import stop_workers, workers

PREPARING = """
import sys
from pathlib import Path
from labeller.jobs import worker
from labeller.store import Store

worker._import_umap = lambda: print("labeller.jobs.handlers" in sys.modules, flush=True)
worker._prepare(Store(Path(sys.argv[1])))
"""


def test_what_two_threads_need_is_loaded_before_the_second_one_starts(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PREPARING, str(tmp_path / "workspace")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds workers in /proc")
def test_a_worker_says_where_it_is_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    store = service.open_store(folder)
    service.create_project(store, "digits", "digits")
    job = service.last_job(store, "digits", "ingest")
    assert job is not None
    service.wait(store, job.id)
    try:
        (number,) = workers(folder)
        os.kill(number, signal.SIGUSR1)
        log = folder / "worker.log"
        while "in _loop" not in log.read_text():
            time.sleep(0.05)  # ends with the test's time at the latest
        assert f"process {number} works on " in log.read_text()
        assert workers(folder) == [number]
    finally:
        stop_workers(folder)
        store.close()
