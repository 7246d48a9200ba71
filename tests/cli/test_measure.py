"""The commands that measure: which method they measure."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command


def test_an_epoch_is_timed_of_a_preset(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []

    def benchmark(images: object, **settings: Any) -> dict[str, Any]:
        given.append(settings)
        return {"loops": {}, "ratios": {}, "device_name": "none"}

    monkeypatch.setattr("labeller.experiments.speed.epoch.epoch_benchmark", benchmark)
    run = ("benchmark", "epoch", "--images", "64", "--method")
    ended = command(*run, "pl-ae:b-ae@latent=7", "--set", "augmented=both")
    assert ended.code == 0, ended.err
    [settings] = given
    assert settings["method"] == "pl-ae"
    assert settings["config"] == {"loss": "pixels", "augmented": "both", "latent": 7}
    for method, said in {
        "pl-ae:nothing": "preset of pl-ae must be one of",
        "pl-ae@nothing=1": "a setting of pl-ae must be one of",
        "cnn": "labels alone",
    }.items():
        ended = command(*run, method)
        assert (ended.code, said in ended.err) == (1 if method == "cnn" else 2, True)
    assert len(given) == 1


def test_trial_prints_and_writes_the_numbers_of_one_row(tmp_path: Path, command: Command) -> None:
    file = tmp_path / "trial.json"
    width = ("--set", "method.width=4")
    ended = command("trial", "uic", "random", "--scale", "smoke", *width, "--json", file)
    assert ended.code == 0, ended.err
    content = json.loads(file.read_text())
    assert content["settings"]["method"]["width"] == 4
    assert "drawing" not in content["numbers"]
    assert json.loads(ended.out)["best"] == content["numbers"]["best"]


def test_trial_of_an_unknown_row_says_which_there_are(command: Command) -> None:
    ended = command("trial", "uic", "strange", "--scale", "smoke")
    assert ended.code == 2
    assert "row must be one of random, deepcluster, uic" in ended.err
