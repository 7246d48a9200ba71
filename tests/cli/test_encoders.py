"""Encoders on the command line: create, train, and what is refused before anything is kept."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeller import service
from labeller.config import EncodeConfig
from tests.cli.conftest import Command


def encoder_in(workspace: Path, project: str = "digits") -> EncodeConfig:
    store = service.open_store(workspace)
    found = service.project(store, project).config.encode
    store.close()
    return found


def test_create_and_train_keep_the_encoder(
    labeller: Command, asking_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.save(tmp_path / "features.npy", np.zeros((1797, 2), np.float32))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(service, "ensure_worker", lambda store: None)
    made = ("create", "new", "--source", "digits", "--encoder", "file:features.npy", "--no-wait")
    assert labeller(*made).code == 0
    file = EncodeConfig(encoder="file", path=str(tmp_path / "features.npy"))
    assert encoder_in(asking_workspace, "new") == file
    timm = ("--encoder", "timm:resnet18.a1_in1k", "--set", "encode.size=96", "--no-wait")
    ended = labeller("train", "digits", *timm)
    assert ended.code == 0, ended.err
    kept = encoder_in(asking_workspace)
    assert kept.own == {"model": "resnet18.a1_in1k", "weights": "", "size": 96}


def test_a_preset_leaves_the_encoder_and_another_encoder_its_settings(
    labeller: Command, asking_workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "ensure_worker", lambda store: None)
    for arguments, wanted in {
        ("--encoder", "timm", "--set", "encode.size=96"): {"size": 96},
        ("--preset", "paper"): {"size": 96},
        ("--encoder", "timm"): {"size": 0},
        ("--encoder", "lite0"): {},
    }.items():
        ended = labeller("train", "digits", *arguments, "--no-wait")
        assert ended.code == 0, ended.err
        store = service.open_store(asking_workspace)
        service.cancel(store, service.last_job(store, "digits", "train").id)
        store.close()
        own = encoder_in(asking_workspace).own
        assert {key: own[key] for key in own if key == "size"} == wanted


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("train", "digits", "--encoder", "nosuch"),
            "encoder must be one of file, lite0, none, timm, got nosuch",
        ),
        (
            ("create", "new", "--source", "digits", "--encoder", "lite0:x"),
            "encoder lite0 must be given without a colon, got lite0:x",
        ),
        (
            ("train", "digits", "--encoder", "file:/nosuch.npy"),
            "there is no file of features /nosuch.npy",
        ),
        (
            ("create", "new", "--source", "digits", "--encoder", "file:/nosuch.npz"),
            "there is no file of features /nosuch.npz",
        ),
        (
            ("train", "digits", "--encoder", "lite0", "--set", "encode.path=x.npy"),
            "a setting of lite0 must be one of encoder, got path",
        ),
    ],
)
def test_a_wrong_encoder_changes_nothing(
    labeller: Command, asking_workspace: Path, arguments: tuple[str, ...], line: str
) -> None:
    ended = labeller(*arguments)
    assert ended.code == (1 if line.startswith("there is no file") else 2)
    assert ended.err.splitlines() == [f"labeller: {line}"]
    assert encoder_in(asking_workspace) == EncodeConfig()
    store = service.open_store(asking_workspace)
    assert [view.name for view in service.projects(store)] == ["digits"]
    store.close()


def test_the_benchmark_says_both_speeds_and_their_ratio(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = {"threads": 1, "images_per_second": {"labeller": 77.0, "eager": 20.0}, "ratio": 3.85}
    given: list[Any] = []

    def benchmark(files: list[bytes], **settings: Any) -> dict[str, Any]:
        given.append((len(files), settings["repeats"]))
        known = {"device_name": "none", "images": len(files), "difference": 1e-3}
        return {"threads": {"one": case, "all": case}, **known}

    monkeypatch.setattr("labeller.experiments.speed.encode.encode_benchmark", benchmark)
    file = tmp_path / "speed.json"
    ended = command("benchmark", "encode", "--images", "2", "--repeats", "1", "--json", file)
    assert ended.code == 0, ended.err
    assert given == [(2, 1)]
    assert "3.85" in ended.out
    assert file.exists()
    assert command("benchmark", "encode", tmp_path / "nosuch").code == 1
