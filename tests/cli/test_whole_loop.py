"""Commands that train: the doctor, the whole loop, a simulation."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.mark.slow
def test_doctor_finds_nothing_broken(labeller: Command) -> None:
    ended = labeller("doctor", "--json")
    assert ended.code == 0
    states = {check["name"]: check["state"] for check in json.loads(ended.out)}
    assert "broken" not in states.values()
    assert {"device", "workspace", "data sets", "app"} <= set(states)


@pytest.mark.slow
def test_doctor_says_what_is_broken(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ended = command("doctor", "--workspace", tmp_path / "file" / "inside")
    assert ended.code == 1
    assert "--workspace" in ended.out
    assert "Traceback" not in ended.out + ended.err


@pytest.mark.slow
def test_the_whole_loop(
    command: Command,
    digit_folder: Path,
    empty_workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in the README, with a worker of its own, on a folder of the person's own images."""
    monkeypatch.setenv("LABELLER_WORKSPACE", str(empty_workspace))
    monkeypatch.chdir(digit_folder.parent)
    assert command("create", "mine", "--source", digit_folder.name, "--size", "8").code == 0
    fast = ("--epochs", "3", "--space", "pca", "--clusters", "6", "--set", "latent=12")
    assert "labeller ask mine" in command("train", "mine", *fast).err
    asked = json.loads(command("ask", "mine", "--json").out)
    assert command("answer", "mine", asked[0]["node"], "--split", "2").code == 0
    asked = json.loads(command("ask", "mine", "--json").out)
    assert len(asked) == 7
    for number, one in enumerate(asked):
        assert command("answer", "mine", one["node"], "--label", number % 3).code == 0
    assert command("propagate", "mine").code == 0
    assert command("retrain", "mine", "--epochs", "2", "--last").code == 0
    assert "test_accuracy" in json.loads(command("evaluate", "mine", "--json").out)
    assert command("export", "mine", "--classifier", tmp_path / "net").code == 0
    assert (tmp_path / "net" / "weights.safetensors").stat().st_size > 0
    assert (tmp_path / "net" / "classifier.onnx").stat().st_size > 0
    predicted = json.loads(command("predict", "mine", digit_folder / "test" / "0", "--json").out)
    assert predicted[0]["name"] in {"0", "1", "2"}
    states = {job["state"] for job in json.loads(command("jobs", "--json").out)}
    assert states == {"done"}


@pytest.mark.slow
def test_a_failed_import_leaves_the_name_free(
    command: Command, empty_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELLER_WORKSPACE", str(empty_workspace))
    (tmp_path / "nothing").mkdir()
    for _ in range(2):
        ended = command("create", "pets", "--source", tmp_path / "nothing")
        assert ended.code == 1
        assert "is empty" in ended.err.splitlines()[-1]
    assert json.loads(command("projects", "--json").out) == []


@pytest.mark.slow
def test_simulate_writes_what_it_measured(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    fast = ("--epochs", "2", "--set", "embed.space=pca", "--set", "retrain.epochs=1")
    fast += ("--set", "student.epochs=5", "--set", "student.epochs_again=2")
    seeds = ("--rounds", "2", "--answers", "6", "--seeds", "0,1", "--expert", "oracle")
    ended = command("simulate", "digits", *seeds, *fast, "--json", file)
    assert ended.code == 0, ended.err
    result = json.loads(file.read_text())
    assert result["seeds"] == [0, 1]
    for run in result["runs"]:
        assert [row["round"] for row in run["rounds"]] == [1, 2]
        assert all(row["answers"] <= 6 for row in run["rounds"])
        assert run["rounds"][-1]["answers_total"] <= 12
    assert 0 < result["test_accuracy"] <= 1
