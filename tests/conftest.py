"""Workspaces that tests start from: one trained project of digits, copied for each test."""

import os
import shutil
import sys

# Before torch is imported: where each core has a process, more threads would be in the way.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from labeller import registry, service
from labeller.config import (
    CardConfig,
    ClusterConfig,
    EmbedConfig,
    RetrainConfig,
    RoundConfig,
    TrainConfig,
)
from labeller.rounds.answer import Answer

# Small and fast: what these tests look at does not depend on how good the latent is.
QUICK = RoundConfig(
    train=TrainConfig(epochs=8, batch_size=32, precision="32-true"),
    embed=EmbedConfig(space="pca", dimensions=8),
    cluster=ClusterConfig(algorithm="kmeans", clusters=10),
    card=CardConfig(near=4, random=4, far=4),
    retrain=RetrainConfig(epochs=5),
)


@pytest.fixture(scope="session", autouse=True)
def _workers_leave_soon():
    """Workers that tests start need not wait a quarter of an hour for more work."""
    os.environ.setdefault("LABELLER_IDLE_SECONDS", "30")


@pytest.fixture(autouse=True)
def _main_module_stays():
    """A page that Streamlit runs in this process takes the place of __main__, which a process that
    is spawned later would run again.
    """
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture(scope="session")
def trained_workspace(tmp_path_factory):
    """A workspace with the project `digits`, trained, its first round open."""
    from labeller.jobs.worker import run_waiting

    folder = tmp_path_factory.mktemp("trained")
    store = service.open_store(folder)
    service.create_project(store, "digits", "digits")
    service.train(store, "digits", QUICK)
    run_waiting(store)
    failed = [view.error for view in service.jobs(store) if view.state != "done"]
    assert not failed, failed
    store.close()
    return folder


@pytest.fixture
def store(trained_workspace, tmp_path):
    """A private copy of the trained workspace."""
    shutil.copytree(trained_workspace, tmp_path / "workspace")
    opened = service.open_store(tmp_path / "workspace")
    yield opened
    opened.close()


@pytest.fixture
def work(store):
    """Runs what waits in the queue, in this process."""
    from labeller.jobs.worker import run_waiting

    return lambda: run_waiting(store)


@pytest.fixture
def forget():
    """Rooms that afterwards know only what they knew before."""
    for room in registry._rooms:
        room.names()
    kept: list[dict] = [registry._loaded, registry._refused, registry._read_at]
    kept += [part for room in registry._rooms for part in (room._things, room._added)]
    before = [dict(part) for part in kept]
    yield
    for part, was in zip(kept, before, strict=True):
        part.clear()
        part.update(was)


def label_all(store, project="digits", confidence=0.9):
    """Answers every open card with a label: the wrong one mostly, but an answer."""
    for place, card in enumerate(service.cards(store, project)):
        if card.state == "open":
            service.answer(store, project, card.node, Answer("label", place % 10, confidence))
