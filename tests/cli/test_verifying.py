"""verify: which files of a project are damaged, as a table, as JSON and by the exit code."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command

FILE = "projects/1/models/1/latents.npy"


@pytest.fixture
def damaged(asking_workspace: Path) -> Path:
    """A file with one flipped byte, in the workspace of `labeller`."""
    path = asking_workspace / FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return path


def test_an_intact_project(labeller: Command) -> None:
    ended = labeller("verify", "digits")
    assert ended.code == 0
    assert "files, " in ended.err
    assert "none damaged" in ended.err
    assert ended.out == ""


def test_a_damaged_file_is_named_and_the_exit_code_says_so(
    labeller: Command, damaged: Path
) -> None:
    ended = labeller("verify", "digits")
    assert ended.code == 1
    assert "1 damaged" in ended.err
    assert "latents.npy" in ended.out
    records = json.loads(labeller("verify", "digits", "--json").out)
    [record] = [each for each in records if each["state"] == "damaged"]
    assert (record["path"], record["reason"]) == (FILE, "its digest is another one")
    assert len(records) > 10


@pytest.mark.slow
def test_it_is_computed_again_by_a_worker(labeller: Command, damaged: Path) -> None:
    ended = labeller("verify", "digits", "--repair")
    assert ended.code == 0, ended.err
    assert "1 of 1 damaged files made again" in ended.err


def test_a_damaged_file_stops_a_command_with_one_line(
    labeller: Command, asking_workspace: Path
) -> None:
    path = asking_workspace / "projects" / "1" / "data" / "manifest.parquet"
    path.write_bytes(path.read_bytes()[:100])
    ended = labeller("export", "digits", "--out", asking_workspace / "labels.csv")
    assert ended.code == 1
    [line] = ended.err.splitlines()
    assert f"labeller: {path} is damaged (" in line
    assert "copy of the workspace" in line


def test_a_propagation_says_which_answers_are_missing(
    labeller: Command, asking_workspace: Path
) -> None:
    (asking_workspace / "projects/1/rounds/1/nodes/2.npz").write_bytes(b"")
    for node in ("1", "2"):
        assert labeller("answer", "digits", node, "--label", "3").code == 0
    ended = labeller("propagate", "digits")
    assert ended.code == 0
    assert "Note: " in ended.err
    assert "nodes/2.npz is damaged" in ended.err
