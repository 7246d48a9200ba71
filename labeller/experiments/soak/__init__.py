"""Many people on one workspace for a long time, while it trains: what gets slower, grows or fails.

`annotators` answer through the service, `browsing` answers in real browsers on the app, a worker
trains one model after another, and `watching` looks at the processes meanwhile.
"""

import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from labeller import service
from labeller.config import ClusterConfig, EmbedConfig, RoundConfig, preset
from labeller.errors import LabellerError
from labeller.events import Progress, Report, silent
from labeller.experiments.soak.annotators import Annotators
from labeller.experiments.soak.browsers import Browsers
from labeller.experiments.soak.watching import Watching, database_size
from labeller.rounds.settings import changed
from labeller.runtime import measured_on
from labeller.service import Store

PEOPLE, TABS, TRAINED = "people", "browsers", "training"  # the projects
CARDS = 100
IDLE_SHARE = 0.2  # of the time nothing trains: what the rest is compared with
LOOK_SECONDS = 2.0


def soak_benchmark(
    *,
    minutes: float = 30.0,
    annotators: int = 20,
    browsers: int = 3,
    pause: float = 1.0,
    report: Report = silent,
) -> dict[str, Any]:
    """Counts and times of so many `annotators`, who rest `pause` seconds on average between two
    answers, and of so many `browsers`.

    The record has `answers` {idle, training: {count, p50, p95, most} in milliseconds, ratio},
    `errors`, `wrong` (answers that are lost, doubled or other than said), `browsers`, `processes`
    {name: see `Watching.found`}, and `bytes_per_answer` of the database. Raises ValueError for
    numbers out of range, LabellerError as `interface_benchmark`.
    """
    for name, value, least in (
        ("minutes", minutes, 0.1),
        ("annotators", annotators, 1),
        ("browsers", browsers, 0),
        ("pause", pause, 0.0),
    ):
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    with TemporaryDirectory(prefix="labeller-") as scratch, ExitStack() as stack:
        workspace = Path(scratch) / "workspace"
        report(Progress("soak", message="making the projects"))
        store = service.open_store(workspace)
        stack.callback(store.close)
        _make(store)
        tabs = stack.enter_context(Browsers(browsers, store, TABS))
        size, known = database_size(store), _answers(store)
        crowd = Annotators(store, PEOPLE, annotators, pause)
        watching = Watching(store, tabs.server)
        _run(store, crowd, tabs, watching, 60 * minutes, report)
        tabs.finish()
        grown, given = database_size(store) - size, _answers(store) - known
        found = {
            **measured_on("cpu"),
            **crowd.found(),
            "browsers": tabs.found(),
            "processes": watching.found(),
            "bytes_per_answer": round(grown / max(1, given)),
        }
        _end_training(store)
    asked = {"minutes": minutes, "annotators": annotators, "pause": pause}
    return {**asked, **found}


def _run(
    store: Store,
    crowd: Annotators,
    tabs: Browsers,
    watching: Watching,
    seconds: float,
    report: Report,
) -> None:
    """Everybody at once; a training begins when the idle share of the time is over."""
    started = looked = time.monotonic()
    with crowd:
        while (passed := time.monotonic() - started) < seconds:
            crowd.phase = "idle" if passed < IDLE_SHARE * seconds else "training"
            if crowd.phase == "training":
                _keep_training(store)
            tabs.press()
            if time.monotonic() - looked > LOOK_SECONDS:
                looked = time.monotonic()
                watching.look()
                report(Progress("soak", int(passed), int(seconds), crowd.phase))
            time.sleep(0.05)


def _keep_training(store: Store) -> None:
    last = service.last_job(store, TRAINED, "train")
    if last is None or not last.active:
        if last is not None and last.state != "done":
            raise LabellerError(f"the training failed: {last.error}")
        service.train(store, TRAINED, _long())
    service.ensure_worker(store)


def _end_training(store: Store) -> None:
    """The worker is asked to leave, so that the workspace can be deleted."""
    for job in service.jobs(store):
        if job.active:
            service.cancel(store, job.id)
    end = time.monotonic() + 60
    while any(job.active for job in service.jobs(store)) and time.monotonic() < end:
        time.sleep(0.2)


def _make(store: Store) -> None:
    from labeller.jobs.worker import run_waiting

    for name in (PEOPLE, TABS, TRAINED):
        service.create_project(store, name, "digits")
        if name != TRAINED:
            service.train(store, name, _quick())
    run_waiting(store)
    failed = [view.error for view in service.jobs(store) if view.state != "done"]
    if failed:
        raise LabellerError(f"a project to measure on could not be made: {failed[0]}")


def _answers(store: Store) -> int:
    return sum(service.newest_answer(store, name) for name in (PEOPLE, TABS))


def _quick() -> RoundConfig:
    changes = {
        "method": "pca",
        "method_config": {"latent": 20},
        "embed": EmbedConfig(space="latent"),
        "cluster": ClusterConfig(algorithm="kmeans", clusters=CARDS),
    }
    return preset("recommended").model_copy(update=changes)


def _long() -> RoundConfig:
    """A network that trains for some minutes."""
    slow = {"train.epochs": 400, "train.batch_size": 64, "cluster.clusters": 20}
    return changed(preset("recommended"), {**slow, "embed.space": "pca"})
