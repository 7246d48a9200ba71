"""A project as scripts hold it, and one of photos with its classifier."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import labeller
from labeller import service
from labeller.config import EncodeConfig
from labeller.jobs.worker import run_waiting
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
