"""Settings that are refused: before the work, in one line, by one rule of exit codes, unkept."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labeller import service
from tests.cli.conftest import Command
from tests.support import PATIENCE

WRONG_USAGE = [
    ("projects", "--nonsense"),
    ("train", "digits", "--clusters", "many"),
    ("train", "digits", "--clusters", "5000"),
    ("train", "digits", "--clusters", "1"),
    ("train", "digits", "--epochs", "-1"),
    ("train", "digits", "--set", "train.epochs=many"),
    ("train", "digits", "--set", "latent=0"),
    ("train", "digits", "--set", "nothing=1"),
    ("train", "digits", "--set", "latent"),
    ("train", "digits", "--method", "nothing"),
    ("train", "digits", "--space", "nothing"),
    ("train", "digits", "--encoder", "nothing"),
    ("cluster", "digits", "--clusters", "1500"),
    ("cluster", "digits", "--algorithm", "nothing"),
    ("propagate", "digits", "--rule", "nothing"),
    ("answer", "digits", "1", "--label", "3", "--skip"),
    ("answer", "digits", "1", "--label", "nobody"),
    ("answer", "digits", "1", "--label", "3", "--confidence", "2"),
    ("create", "new", "--source", "digits", "--size", "7"),
    ("create", "new", "--source", "digits", "--size", "129"),
    ("create", "a/b", "--source", "digits"),
    ("create", "new", "--source", "digits", "--preset", "nothing"),
    ("export", "digits", "--out", "labels.foo"),
    ("export", "digits"),
]
ERRORS = [
    ("train", "nobody"),
    ("evaluate", "digits"),
    ("answer", "digits", "99", "--label", "3"),
    ("create", "digits", "--source", "digits"),
    ("create", "new", "--source", "/nowhere"),
    ("jobs", "--resume", "99"),
    ("load", "/nowhere"),
    ("why", "digits", "nobody.png"),
]


@pytest.mark.parametrize("arguments", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_has_the_exit_code_2(labeller: Command, arguments: tuple[str, ...]) -> None:
    ended = labeller(*arguments)
    assert ended.code == 2, ended.err
    told_in_words(ended.err)


@pytest.mark.parametrize("arguments", ERRORS, ids=" ".join)
def test_an_error_has_the_exit_code_1(labeller: Command, arguments: tuple[str, ...]) -> None:
    ended = labeller(*arguments)
    assert ended.code == 1, ended.err
    told_in_words(ended.err)
    assert ended.err.startswith("labeller: ")
    assert ended.err.count("\n") == 1


def told_in_words(text: str) -> None:
    """No text of a library reaches a person."""
    for word in ("Traceback", "validation error", "pydantic", "unexpected", "[type=", "sqlite"):
        assert word not in text


@pytest.mark.parametrize("verb", ["train", "cluster"])
def test_more_clusters_than_images_are_refused_and_not_kept(
    labeller: Command, asking_workspace: Path, verb: str
) -> None:
    store = service.open_store(asking_workspace)
    before, jobs = service.project(store, "digits").config, len(service.jobs(store))
    ended = labeller(verb, "digits", "--clusters", "1500")
    assert "clusters must be between 2 and 1438 (the images to label), got 1500" in ended.err
    assert service.project(store, "digits").config == before
    assert len(service.jobs(store)) == jobs
    store.close()


def test_an_ending_that_no_format_has_is_answered_with_those_there_are(
    labeller: Command, tmp_path: Path
) -> None:
    target = tmp_path / "labels.foo"
    ended = labeller("export", "digits", "--out", target)
    assert "ending must be one of" in ended.err
    assert ".csv" in ended.err
    assert not target.exists()


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (["cat, dog,bird"], ["cat", "dog", "bird"]),
        (['cat,"big, red"'], ["cat", "big, red"]),
        (['"big, red", cat'], ["big, red", "cat"]),
        (["cat", '"big, red"', "a,b"], ["cat", "big, red", "a", "b"]),
        (['5" nail,'], ['5" nail']),
    ],
)
def test_names_of_classes_may_have_commas(
    command: Command, empty_workspace: Path, given: list[str], names: list[str]
) -> None:
    options = [word for text in given for word in ("--classes", text)]
    ended = command(
        "create", "new", "--source", "digits", *options, "--no-wait", "-w", empty_workspace
    )
    assert ended.code == 0, ended.err
    store = service.open_store(empty_workspace)
    assert [one.name for one in service.classes(store, "new")][: len(names)] == names
    store.close()


@pytest.mark.slow
def test_what_a_terminated_measurement_had_written_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "labeller.cli", "simulate", "digits", "--rounds", "9"]
    process = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path)})
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not list(tmp_path.rglob("labeller.db")):
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 128 + signal.SIGTERM
    assert list(tmp_path.iterdir()) == []
