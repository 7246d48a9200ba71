"""kill -9 at the worst moment: nothing that was said to be done is lost, and work goes on."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labeller import service
from labeller.config import EmbedConfig, RoundConfig, TrainConfig
from labeller.errors import LabellerError
from labeller.records import JobView
from labeller.service import Store
from tests.support import PATIENCE, stop_workers, workers

EPOCHS = 80
LONG = RoundConfig(
    train=TrainConfig(epochs=EPOCHS, precision="32-true"), embed=EmbedConfig(space="pca")
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds workers in /proc"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A workspace whose workers end with the test."""
    yield tmp_path / "workspace"
    stop_workers(tmp_path / "workspace")


@pytest.fixture
def digits(folder: Path) -> Iterator[Store]:
    """A store with a project `digits` whose training is queued and whose worker starts."""
    store = service.open_store(folder)
    service.create_project(store, "digits", "digits")
    service.train(store, "digits", LONG)
    service.ensure_worker(store)
    yield store
    store.close()


def until(condition: Callable[[], bool], what: str, store: Store) -> None:
    """Wait for a condition; a failure tells what the worker did instead."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"{what} did not happen within {PATIENCE} s\n{story(store)}")
        time.sleep(0.02)


def story(store: Store) -> str:
    """The jobs as they stand, and the end of the worker's log with where its threads are."""
    for number in workers(store.folder):
        os.kill(number, signal.SIGUSR1)
    time.sleep(1)
    jobs = [(job.kind, job.state, job.stage, job.done, job.error) for job in service.jobs(store)]
    log = store.folder / "worker.log"
    return f"{jobs}\n{log.read_text()[-8000:] if log.exists() else 'no worker started'}"


def training(store: Store) -> JobView:
    """The training job as it stands."""
    job = service.last_job(store, "digits", "train")
    assert job is not None
    return job


def kill_in_training(store: Store, after: int) -> list[dict[str, float]]:
    """kill -9 of the worker once `after` epochs are recorded; returns the records by then."""
    job = training(store)

    def learnt() -> bool:
        service.ensure_worker(store)  # as every page does that shows a job
        assert training(store).active, story(store)
        return len(service.curve(store, job.id)) >= after

    until(learnt, f"epoch {after}", store)
    assert stop_workers(store.folder)
    until(lambda: not workers(store.folder), "the death of the worker", store)
    records = service.curve(store, job.id)
    assert after <= len(records) < EPOCHS, "the kill came too late to test anything"
    return records


def test_a_killed_worker_leaves_an_interrupted_job_that_resumes_to_the_full_end(
    digits: Store,
) -> None:
    before = kill_in_training(digits, after=3)
    until(lambda: training(digits).state == "interrupted", "the state interrupted", digits)
    assert training(digits).resumable
    assert service.current_round(digits, "digits") is None
    with pytest.raises(LabellerError):
        service.wait(digits, training(digits).id)

    job = service.resume(digits, training(digits).id)
    done = service.wait(digits, job.id)

    assert (done.state, done.attempts) == ("done", 2)
    after = service.curve(digits, done.id)
    assert [record["epoch"] for record in after] == list(range(1, EPOCHS + 1))
    # At most the epoch whose end was recorded but not yet checkpointed is trained again.
    kept = len(before) - 1
    assert [r["seconds"] for r in after[:kept]] == [r["seconds"] for r in before[:kept]]
    assert len(service.cards(digits, "digits")) == LONG.cluster.clusters


def test_two_kills_in_a_row_change_nothing_about_the_end(digits: Store) -> None:
    first = kill_in_training(digits, after=2)
    until(lambda: training(digits).state == "interrupted", "the state interrupted", digits)
    service.resume(digits, training(digits).id)
    second = kill_in_training(digits, after=len(first) + 2)
    assert len(second) > len(first)
    until(lambda: training(digits).state == "interrupted", "the state interrupted", digits)
    done = service.wait(digits, service.resume(digits, training(digits).id).id)
    assert (done.state, done.attempts) == ("done", 3)
    assert len(service.curve(digits, done.id)) == EPOCHS


def test_a_killed_command_leaves_its_job_to_the_worker(folder: Path) -> None:
    store = service.open_store(folder)
    service.create_project(store, "digits", "digits")
    command = [sys.executable, "-m", "labeller.cli", "train", "digits", "--epochs", "5"]
    process = subprocess.Popen(
        [*command, "--space", "pca", "--workspace", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: service.last_job(store, "digits", "train") is not None, "the job", store)
        until(lambda: bool(workers(folder)), "the start of the worker", store)
    finally:
        process.kill()
        process.wait()
    until(lambda: not training(store).active, "the end of the training", store)
    assert training(store).state == "done"
    store.close()


ANSWERING = """
import sys
from pathlib import Path
from labeller import service
from labeller.rounds.answer import Answer

store = service.open_store(Path(sys.argv[1]))
while True:
    for card in service.cards(store, "digits"):
        stored = service.answer(store, "digits", card.node, Answer("label", 3, 0.5))
        print(stored.number, flush=True)
    for card in service.cards(store, "digits"):
        print(service.undo(store, "digits").number, flush=True)
"""


def test_every_answer_that_was_confirmed_survives_a_kill(
    trained_workspace: Path, folder: Path
) -> None:
    shutil.copytree(trained_workspace, folder)
    with subprocess.Popen(
        [sys.executable, "-c", ANSWERING, str(folder)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        confirmed = [int(process.stdout.readline()) for _ in range(25)]
        os.kill(process.pid, signal.SIGKILL)
        confirmed += [int(line) for line in process.stdout.read().split()]
    with sqlite3.connect(folder / "labeller.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = {number for (number,) in database.execute("SELECT number FROM answers")}
    assert set(confirmed) <= rows
    assert len(rows) <= len(confirmed) + 1
    store = service.open_store(folder)
    node = next(card.node for card in service.cards(store, "digits") if card.state == "open")
    assert service.answer(store, "digits", node, _sure(1)).number == max(rows) + 1
    store.close()


def _sure(label: int):
    from labeller.rounds.answer import Answer

    return Answer("label", label, 1.0)


class Dying:
    """A worker whose lock is free already, and which the system still counts as alive."""

    def poll(self) -> None:
        return None

    def wait(self, timeout: float) -> int:
        return -signal.SIGKILL


def test_a_worker_that_is_about_to_be_gone_is_replaced_at_once(folder: Path, monkeypatch) -> None:
    store = service.open_store(folder)
    service.create_project(store, "digits", "digits")
    started = {(store.folder, False): Dying()}
    monkeypatch.setattr(sys.modules["labeller.service.jobs"], "_started", started)
    service.ensure_worker(store)
    assert isinstance(started[store.folder, False], subprocess.Popen)
    store.close()
