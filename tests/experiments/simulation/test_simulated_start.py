"""How a simulated project begins: as a person's does, with the encoder that its images choose."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from labeller import service
from labeller.config import EncodeConfig, RoundConfig
from labeller.events import silent
from labeller.experiments.simulation.answers_per_round import settings_for
from labeller.experiments.simulation.simulated_project import Run
from labeller.records import EncoderChoice


class StopError(Exception):
    """Raised where the training would begin."""


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RoundConfig]:
    """Starts a simulation with overrides, up to the training; the settings of that."""
    kept: list[RoundConfig] = []
    choice = EncoderChoice("lite0", "because", {})
    monkeypatch.setattr("labeller.jobs.ingest.choose_encoder", lambda task: choice)

    def spy(store: object, name: str, config: RoundConfig) -> None:
        kept.append(config)
        raise StopError

    monkeypatch.setattr(service, "train", spy)

    def start(**overrides: object) -> RoundConfig:
        changes = {name.replace("__", "."): value for name, value in overrides.items()}
        config = settings_for("recommended", [10], 0, changes)
        with closing(service.open_store(tmp_path / "workspace")) as store, pytest.raises(StopError):
            Run(store, config, "cpu", silent).start("digits", None, None, changes)
        return kept[-1]

    return start


def test_the_images_choose_the_encoder(begun: Callable[..., RoundConfig]) -> None:
    config = begun()
    assert config.encode == EncodeConfig(encoder="lite0")
    assert config.method == "feature-autoencoder"
    assert config.cluster.clusters == 10  # what the simulation wants of its questions stays


def test_a_method_that_was_named_stands(begun: Callable[..., RoundConfig]) -> None:
    config = begun(method="vae")
    assert (config.method, config.encode.encoder) == ("vae", "lite0")


def test_an_encoder_that_was_named_wins(
    begun: Callable[..., RoundConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("labeller.jobs.ingest.choose_encoder")
    config = begun(encode__encoder="none")
    assert (config.method, config.encode.encoder) == ("vae", "none")
