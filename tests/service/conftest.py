"""A project as scripts hold it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import labeller
from tests.support import stop_workers


@pytest.fixture
def project(trained_workspace: Path, tmp_path: Path) -> Iterator[labeller.Project]:
    """The trained project with ten open questions, in a workspace of the test's own."""
    workspace = tmp_path / "ws"
    shutil.copytree(trained_workspace, workspace)
    with labeller.open("digits", workspace=workspace) as opened:
        yield opened
    stop_workers(workspace)
