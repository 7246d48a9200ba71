"""`labeller compare --encoder`: methods on features beside those on pixels, in one file."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeller.experiments.simulation.simulate import Simulation
from tests.cli.conftest import Command
from tests.cli.test_compare import SMALL


def test_methods_on_features_read_those_of_the_encoder(
    command: Command, digit_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def simulate(what: Simulation, **_: Any) -> dict[str, Any]:
        asked.append(dict(what.overrides))
        return {"rounds": [{"test_accuracy": 0.5}]}

    monkeypatch.setattr("labeller.experiments.simulation.simulate.simulate", simulate)
    file = tmp_path / "runs.json"
    methods = "vae,feature-autoencoder,frozen-features"
    run = ("compare", digit_folder, *SMALL, "--methods", methods, "--json", file)
    ended = command(*run)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("labeller: feature-autoencoder needs an encoder")
    assert len(ended.err.splitlines()) == 1

    count = sum(1 for _ in digit_folder.rglob("*.png"))
    features = np.random.default_rng(0).standard_normal((count, 12)).astype(np.float32)
    one, two = (f"file:{tmp_path / name}.npy" for name in ("one", "two"))
    for number, name in enumerate((one, two)):
        np.save(name.removeprefix("file:"), features + number)
    ended = command(*run, "--encoder", one, "--loop")
    assert ended.code == 0, ended.err
    found = json.loads(file.read_text())["cells"]
    assert [each["encoder"] for each in found] == ["", one, one]
    assert ["encode.path" in each for each in asked] == [False, True, True]
    assert asked[1]["encode.encoder"] == "file"

    ended = command(*run, "--encoder", two)
    assert ended.code == 0, ended.err
    assert "1 of 3 runs" in ended.err, "that of pixels"
    assert len(json.loads(file.read_text())["cells"]) == 5
    monkeypatch.setattr("labeller.jobs.features.computed_once", None)
    ended = command(*run, "--encoder", one)
    assert ended.code == 0, "nothing is encoded where every run is there"
