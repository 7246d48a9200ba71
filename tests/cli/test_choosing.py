"""Methods as a command line names them: presets, settings, and what is not kept."""

from pathlib import Path
from typing import Any

import pytest

from labeller import service
from labeller.cli.settings import file_or_word, split_methods
from labeller.config import RoundConfig
from labeller.jobs import queue
from labeller.jobs.catalogue import write_catalogue
from labeller.methods import registry
from labeller.store import Store
from labeller.store.files import read_json, write_json
from tests.cli.conftest import Command


@pytest.fixture
def train(labeller: Command, asking_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `labeller train digits ...` without a worker; returns how it ended, and the settings."""
    monkeypatch.setattr(service, "ensure_worker", lambda store: None)

    def run(*arguments: object) -> tuple[Any, RoundConfig, int]:
        ended = labeller("train", "digits", "--no-wait", *arguments)
        store = service.open_store(asking_workspace)
        queued = [job for job in service.jobs(store, "digits") if job.active]
        for job in queued:
            service.cancel(store, job.id)
        config = service.project(store, "digits").config
        store.close()
        return ended, config, len(queued)

    return run


@pytest.fixture
def catalogue(asking_workspace: Path) -> Path:
    """The file in which a worker has written what it can train."""
    store = service.open_store(asking_workspace)
    write_catalogue(store)
    store.close()
    return asking_workspace / "catalogue.json"


@pytest.mark.parametrize("there", [True, False], ids=["catalogue", "none"])
def test_train_takes_presets_and_settings(
    train: Any, there: bool, request: pytest.FixtureRequest
) -> None:
    if there:
        request.getfixturevalue("catalogue")
    ended, config, queued = train("--method", "pl-ae:p-ae@latent=20", "--set", "width=8")
    assert (ended.code, queued) == (0, 1), ended.err
    assert config.method == "pl-ae"
    assert config.method_config == {"augmented": "nothing", "latent": 20, "width": 8}


def test_set_wins_over_the_preset_and_nothing_else_is_inherited(train: Any) -> None:
    _, config, _ = train("--method", "pl-ae:b-ae", "--set", "loss=perceptual")
    assert config.method_config == {"loss": "perceptual", "augmented": "nothing"}
    _, config, _ = train("--set", "latent=9")  # without a name it stays, and so do its settings
    assert config.method_config == {"loss": "perceptual", "augmented": "nothing", "latent": 9}
    _, config, _ = train("--method", "pl-ae")
    assert config.method_config == {}
    _, config, _ = train("--method", "vae", "--set", "latent=5")
    assert set(config.method_config) == {"latent", "beta"}  # the beta of small images


@pytest.mark.parametrize("there", [True, False], ids=["catalogue", "none"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--method", "nothing"), "method must be one of"),
        (("--method", "pl-ae:nothing"), "preset of pl-ae must be one of b-ae, p-ae"),
        (("--method", "pl-ae@nothing=1"), "a setting of pl-ae must be one of"),
        (("--method", "ae", "--set", "beta=1"), "a setting of ae must be one of"),
        (("--method", "ae@latent=0"), "latent: Input should be greater"),
        (("--method", "ae:"), "NAME:PRESET@KEY=VALUE"),
        (("--method", "cnn"), "cnn learns from labels alone"),
        (("--method", "feature-autoencoder"), "feature-autoencoder needs an encoder"),
        (("--set", "latnt=3"), "got latnt"),
        (("--loss-weights", "torchvision"), "got loss_weights"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_wrong_is_not_kept(
    train: Any,
    asking_workspace: Path,
    arguments: tuple[str, ...],
    said: str,
    there: bool,
    request: pytest.FixtureRequest,
) -> None:
    if there:
        request.getfixturevalue("catalogue")
    store = service.open_store(asking_workspace)
    before = service.project(store, "digits").config
    store.close()
    ended, config, queued = train(*arguments)
    assert (ended.code, queued, config) == (1, 0, before)
    assert said in ended.err.splitlines()[-1]


def test_a_bad_name_that_was_kept_once_is_named(
    train: Any, asking_workspace: Path, catalogue: Path
) -> None:
    store = service.open_store(asking_workspace)
    kept = catalogue.read_text()
    catalogue.unlink()  # nobody could know
    service.train(store, "digits", RoundConfig(method="pl-ae:p-ae"))
    service.cancel(store, service.jobs(store)[0].id)
    store.close()
    ended, _, queued = train()
    assert (ended.code, queued) == (1, 0)
    assert "got pl-ae:p-ae" in ended.err
    catalogue.write_text(kept)
    ended, _, queued = train()
    assert (ended.code, queued) == (1, 0)


def test_a_method_that_only_the_worker_knows(train: Any, catalogue: Path) -> None:
    content = read_json(catalogue)
    content["methods"]["far"] = {**content["methods"]["ae"], "presets": {"big": {"latent": 99}}}
    write_json(catalogue, content)
    ended, config, _ = train("--method", "far:big", "--set", "hidden=7")
    assert ended.code == 0, ended.err
    assert (config.method, config.method_config) == ("far", {"latent": 99, "hidden": 7})
    ended, _, _ = train("--method", "far:small")
    assert "preset of far must be one of big, got small" in ended.err
    ended, _, _ = train("--method", "far@nothing=1")
    assert "a setting of far must be one of" in ended.err


def test_a_method_that_came_after_the_catalogue(
    train: Any, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = read_json(catalogue)
    del content["methods"]["ae"]
    write_json(catalogue, content)
    monkeypatch.setattr(queue, "any_worker", lambda folder: True)
    ended, _, queued = train("--method", "ae")
    assert (ended.code, queued) == (1, 0)
    assert "the running worker does not know ae" in ended.err
    monkeypatch.setattr(queue, "any_worker", lambda folder: False)
    ended, config, queued = train("--method", "ae")
    assert (ended.code, queued, config.method) == (0, 1, "ae"), ended.err


def test_a_comma_ends_a_method_where_another_name_follows() -> None:
    known = registry.everything()
    pair = "pl-ae@augmentations=rotation+cutout,noise"
    assert split_methods([pair], known) == (pair,)
    assert split_methods([f"vae, {pair},ae:deep"], known) == ("vae", pair, "ae:deep")
    assert split_methods(["vae,nothing,ae", pair], known) == ("vae", "nothing", "ae", pair)
    assert split_methods(["ae@latent=4,vae@latent=5,"], known) == ("ae@latent=4", "vae@latent=5")
    assert split_methods([" , "], known) == ()


def test_a_file_is_named_whole_and_a_word_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.pth").touch()
    assert file_or_word("mine.pth") == str(tmp_path / "mine.pth")
    assert file_or_word("torchvision") == "torchvision"
    assert file_or_word(None) is None


def test_a_plain_training_asks_the_catalogue_alone(
    train: Any, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(store: Store, config: RoundConfig) -> None:
        raise AssertionError("imports torch")

    monkeypatch.setattr("labeller.cli.rounds.check", slow)
    assert train("--epochs", "3")[0].code == 0
