"""A project as scripts hold it, one of photos with its classifier, and a saved one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import labeller
from labeller import service
from labeller.config import EncodeConfig
from labeller.jobs.worker import run_waiting
from labeller.rounds.answer import Answer
from tests.conftest import label_all
from tests.service.photos import draw, stored, teach
from tests.support import export_classifier, stop_workers


@pytest.fixture
def project(trained_workspace: Path, tmp_path: Path) -> Iterator[labeller.Project]:
    """The trained project with ten open questions, in a workspace of the test's own."""
    workspace = tmp_path / "ws"
    shutil.copytree(trained_workspace, workspace)
    with labeller.open("digits", workspace=workspace) as opened:
        yield opened
    stop_workers(workspace)


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: `pictures`, the workspace `ws` with a project of lite0, its classifier `net`."""
    folder = tmp_path_factory.mktemp("photos")
    draw(folder / "pictures", 8)
    store = service.open_store(folder / "ws")
    service.create_project(store, "photos", str(folder / "pictures"), size=80, encoder="lite0")
    run_waiting(store)
    teach(store, "photos", EncodeConfig(encoder="lite0"))
    export_classifier(store, "photos", folder / "net")
    (folder / "net.zip").write_bytes(service.classifier_archive(store, "photos"))
    stored(store, "photos", folder / "pictures").to_parquet(folder / "stored.parquet")
    store.close()
    return folder


@pytest.fixture(scope="session")
def saved(trained_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: the workspace `ws` with a second round of digits, and that project in `d.labeller`.

    It has all that a project can have: splits, an audit, merged classes, answers that were undone.
    """
    folder = tmp_path_factory.mktemp("saved")
    shutil.copytree(trained_workspace, folder / "ws")
    store = service.open_store(folder / "ws")
    service.answer(store, "digits", "1", Answer("split", split=2), entry=("browser", 1))
    run_waiting(store)
    label_all(store)
    service.undo(store, "digits")
    for image in service.draw_audit(store, "digits", 25).images[:4]:
        service.answer_audit(store, "digits", image, 3)
    service.merge_class(store, "digits", 9, 4)
    service.propagate(store, "digits")
    service.retrain(store, "digits")
    run_waiting(store)
    service.label_images(store, "digits", [7, 3, 30], 5)
    service.label_images(store, "digits", [8, 9], None)
    service.answer(store, "digits", "2", Answer("label", 2, 0.7))
    assert [job.error for job in service.jobs(store)] == [""] * len(service.jobs(store))
    service.save_project(store, "digits", folder / "d.labeller")
    store.close()
    return folder
