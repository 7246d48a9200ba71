"""The commands that measure: which method they measure."""

from typing import Any

import pytest

from tests.cli.conftest import Command


def test_an_epoch_is_timed_of_a_preset(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []

    def benchmark(images: object, **settings: Any) -> dict[str, Any]:
        given.append(settings)
        return {"loops": {}, "ratios": {}, "device_name": "none"}

    monkeypatch.setattr("labeller.benchmark.epoch_benchmark", benchmark)
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
        assert (ended.code, said in ended.err) == (1, True)
    assert len(given) == 1
