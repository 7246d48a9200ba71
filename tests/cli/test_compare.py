"""`labeller compare`: one table, resumed from its file run by run."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from PIL import Image

from labeller.cli.compare_file import CompareFile
from labeller.cli.compare_loop import rounds_of
from labeller.comparison.plan import CompareConfig, cells, fingerprint
from labeller.experiments.simulation.simulate import Simulation, simulate
from tests.cli.conftest import Command

SMALL = (
    "--z", "6", "--epochs", "1", "--images", "200", "--answers", "10", "--preset", "paper",
    "--set", "width=4", "--set", "hidden=16", "--device", "cpu",
)  # fmt: skip


def test_a_table_and_a_file_that_is_gone_on_from(
    command: Command, digit_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "out" / "runs.json"
    run = ("compare", digit_folder, *SMALL, "--json", file)
    ended = command(*run, "--methods", "vae")
    assert ended.code == 0, ended.err
    assert "linear" in ended.out
    assert "vae" in ended.out
    [first] = json.loads(file.read_text())["cells"]
    assert first["scores"]["linear_probe"] > 0.4

    ended = command(*run, "--methods", "vae,ae:plain", "--layers")
    kept, again, _ = json.loads(file.read_text())["cells"]
    assert kept == first, "a finished run stays, whatever is asked for next"
    assert again["key"] == first["key"]
    assert "conv1" in again["scores"], "other settings: again"

    ended = command(*run, "--methods", "vae,ae:plain", "--layers", "--target", "0.25")
    assert "2 of 2 runs" in ended.err
    for word in ("ae:plain", "conv1", "silhouette", "purity", "answers for 25 %"):
        assert word in ended.out
    ended = command(*run, "--methods", "vae")
    assert "1 of 1 runs" in ended.err, "of the settings of before"
    assert "conv1" not in ended.out


def test_settings_of_the_training_reach_it(
    command: Command, digit_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "runs.json"
    chosen = ("validation=0.2", "schedule=plateau", "optimiser=sgd", "weight_decay=0.001")
    more = [part for each in chosen for part in ("--set", f"train.{each}")]
    ended = command(
        "compare", digit_folder, *SMALL, "--methods", "ae", "--learning-rate", "0.0001", *more,
        "--json", file,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    found = json.loads(file.read_text())
    train = found["config"]["train"]
    assert (train["validation"], train["schedule"], train["optimiser"]) == (0.2, "plateau", "sgd")
    assert (train["weight_decay"], train["learning_rate"], train["epochs"]) == (0.001, 0.0001, 1)
    assert found["cells"][0]["curve"][0]["validation_loss"] > 0


@pytest.fixture
def planned(command: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., CompareConfig]:
    """Runs `labeller compare digits ...` as far as its plan; returns that."""
    plans: list[CompareConfig] = []

    def run(config: CompareConfig, *_: object) -> None:
        plans.append(config)

    monkeypatch.setattr("labeller.cli.compare._run", run)
    monkeypatch.setattr(CompareFile, "wanted", lambda *_: [])

    def plan(*arguments: object) -> CompareConfig:
        ended = command("compare", "digits", *arguments)
        assert ended.code == 0, ended.err
        return plans[-1]

    return plan


def test_methods_are_repeatable_and_keep_their_commas(
    planned: Callable[..., CompareConfig],
) -> None:
    pair = "pl-ae@augmentations=rotation+cutout,noise"
    found = planned("--methods", f"vae,{pair}", "--methods", "ae:deep").methods
    assert found == ("vae", pair, "ae:deep")


def test_loss_weights_are_those_of_all_that_have_a_loss_network(
    planned: Callable[..., CompareConfig], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.pth").touch()
    methods = ("--methods", "vae,pl-ae,feature-prediction")
    found = planned(*methods, "--loss-weights", "mine.pth", "--set", "latent=8").settings
    assert found == {"loss_weights": str(tmp_path / "mine.pth"), "latent": 8}
    both = ("--loss-weights", "torchvision", "--set", "loss_weights=stem-labelled")
    assert planned(*methods, *both).settings == {"loss_weights": "stem-labelled"}
    assert planned(*methods).settings == {}


def test_settings_that_would_do_nothing_are_refused(command: Command, digit_folder: Path) -> None:
    run = ("compare", digit_folder, "--methods", "vae", *SMALL, "--set")
    ended = command(*run, "widht=3")
    assert (ended.code, "got widht" in ended.err) == (2, True)
    ended = command(*run[:-1], "--loss-weights", "torchvision")
    assert (ended.code, "got loss_weights" in ended.err) == (2, True)
    ended = command(*run, "train.sped=3")
    assert (ended.code, "got sped" in ended.err) == (2, True)
    ended = command(*run, "train.seed=3")
    assert (ended.code, "chosen with --seeds" in ended.err) == (2, True)
    assert command(*run, "train.validation=0.9").code == 2


def test_the_loop_is_gone_through_with_each_method_once(
    command: Command, digit_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Simulation] = []

    def half(what: Simulation, **_: Any) -> dict[str, Any]:
        asked.append(what)
        if what.overrides["method"] == "ae":
            raise RuntimeError("no loop")
        return {"rounds": [{"test_accuracy": 0.5}, {"test_accuracy": 0.75}]}

    monkeypatch.setattr("labeller.experiments.simulation.simulate.simulate", half)
    file = tmp_path / "runs.json"
    run = ("compare", digit_folder, *SMALL, "--answers", "4,10", "--json", file)
    assert command(*run, "--methods", "vae").code == 0
    assert asked == []
    ended = command(*run, "--methods", "vae,ae,cnn", "--loop")
    assert ended.code == 1, "the loop of ae broke"
    assert "ae, seed 0, the loop: RuntimeError: no loop" in ended.err
    assert "10 loop" in ended.out
    [vae, _] = asked  # the supervised reference has no loop to go through
    assert vae.source == str(digit_folder)
    assert (vae.preset, vae.answers, vae.seed) == ("recommended", [4, 6], 0)
    changes = vae.overrides
    assert (changes["method_config"]["latent"], changes["train.epochs"]) == (6, 1)
    cells = {each["label"]: each for each in json.loads(file.read_text())["cells"]}
    assert cells["vae"]["scores"]["loop_4"] == 0.5
    assert cells["vae"]["scores"]["loop_10"] == 0.75
    command(*run, "--methods", "vae,ae,cnn", "--loop")
    assert [what.overrides["method"] for what in asked] == ["vae", "ae", "ae"]


@pytest.mark.slow
def test_the_loop_itself(
    command: Command, digit_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sooner(what: Simulation, **given: Any) -> dict[str, Any]:
        short = {"student.epochs": 5, "student.epochs_again": 2}
        return simulate(replace(what, overrides={**what.overrides, **short}), **given)

    monkeypatch.setattr("labeller.experiments.simulation.simulate.simulate", sooner)
    file = tmp_path / "runs.json"
    chosen = ("--methods", "ae", "--answers", "10,14", "--loop", "--json", file)
    ended = command("compare", digit_folder, *SMALL, *chosen)
    assert ended.code == 0, ended.err
    [cell] = json.loads(file.read_text())["cells"]
    assert cell["scores"]["loop_14"] > 0.3


def test_rounds_end_at_the_numbers_of_answers() -> None:
    assert rounds_of((10, 20, 30, 50)) == [10, 10, 10, 20]
    assert rounds_of((10, 11, 12)) == [10, 2]
    assert rounds_of(()) == []


def test_a_file_of_other_images_is_refused(
    command: Command, digit_folder: Path, tmp_path: Path
) -> None:
    images, file = tmp_path / "images", tmp_path / "runs.json"
    shutil.copytree(digit_folder, images)
    run = ("compare", images, "--methods", "ae", *SMALL, "--json", file)
    assert command(*run).code == 0
    before = file.read_text()
    next(images.rglob("*.png")).unlink()
    ended = command(*run)
    assert (ended.code, "are others than when" in ended.err) == (1, True)
    ended = command(*run, "--size", "12")
    assert (ended.code, "another size (none, not 12)" in ended.err) == (1, True)
    assert file.read_text() == before


def test_two_commands_do_not_write_one_file(
    command: Command, digit_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "runs.json"
    run = ("compare", digit_folder, "--methods", "ae", *SMALL, "--json", file)
    with FileLock(tmp_path / ".runs.json.lock"):
        ended = command(*run)
    assert (ended.code, "another run writes to" in ended.err) == (1, True)
    assert not file.exists()


def test_a_run_that_fails_leaves_the_finished_one_in_the_file(tmp_path: Path) -> None:
    config = CompareConfig(methods=("ae",))
    [cell] = cells(config)
    done = {"key": cell.key, "settings": fingerprint(config), "state": "done"}
    failed = {**done, "state": "failed"}
    about = {"source": "digits", "size": None}
    file = CompareFile(tmp_path / "runs.json", about)
    with file.opened():
        file.keep(done)
        file.keep(failed)
        assert file.wanted(config) == [failed]
    again = CompareFile(tmp_path / "runs.json", about)
    with again.opened():
        assert again.wanted(config) == [done]


def test_the_loop_needs_test_images(command: Command, tmp_path: Path) -> None:
    for place in range(30):
        folder = tmp_path / "images" / "ab"[place % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), place).save(folder / f"{place}.png")
    (tmp_path / "images" / "a" / "broken.png").write_text("no image")
    ended = command("compare", tmp_path / "images", "--methods", "ae", *SMALL, "--loop")
    assert ended.code == 1
    assert "--loop measures on test images" in ended.err
    assert "1 left out, not an image: a/broken.png" in ended.err


@pytest.mark.parametrize(
    "command_line",
    [
        ("compare", "digits", "--methods", "ae", "--json", "{}"),
        ("compare", "digits", "--methods", "ae", "--json", "{}/file/x.json"),
        ("simulate", "digits", "--json", "{}/file/x.json"),
        ("benchmark", "perceptual", "--json", "{}"),
        ("benchmark", "label-efficiency", "digits", "--figure", "{}/x.pdf"),
        ("train-stem", "digits", "--out", "{}"),
        ("reproduce", "uic", "--scale", "smoke", "--out", "{}/file"),
        ("lander", "{}/file"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_refused_before_the_work(
    command: Command, tmp_path: Path, command_line: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("a file")
    ended = command(*(part.format(tmp_path) for part in command_line))
    assert ended.code == 2
    assert "Traceback" not in ended.err
    assert (tmp_path / "file").read_text() == "a file"


def test_what_compare_refuses(command: Command, digit_folder: Path, tmp_path: Path) -> None:
    ended = command("compare", digit_folder, "--methods", "nothing", *SMALL)
    assert (ended.code, "must be one of" in ended.err) == (2, True)
    ended = command("compare", digit_folder, "--methods", "vae", "--seeds", "a")
    assert ended.code == 2
    ended = command("compare", digit_folder, "--methods", "vae", "--z", "1")
    assert (ended.code, ended.err.count("got")) == (2, 1)
    ended = command("compare", digit_folder, "--methods", "vae", "--device", "quark")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    file = tmp_path / "runs.json"
    file.write_text('{"source": "mnist", "size": null, "cells": []}')
    ended = command("compare", digit_folder, "--methods", "vae", *SMALL, "--json", file)
    assert (ended.code, "name another file" in ended.err) == (1, True)
