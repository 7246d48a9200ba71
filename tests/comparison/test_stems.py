"""Runs whose loss network ships with labeller are measured anew when another one ships."""

import sys
from subprocess import run as run_process

import numpy as np
import pytest

from labeller.comparison import stems
from labeller.comparison.cell import build_method, stem_of
from labeller.comparison.plan import CompareConfig, cells, fingerprint, unfinished
from labeller.comparison.run import run_comparison
from labeller.comparison.subject import Subject
from labeller.config import TrainConfig
from labeller.errors import JobCancelledError
from labeller.experiments.reproduce.trained import stem_digest
from labeller.methods.loss_networks import SHIPPED, STEM, shipped

WITH, WITHOUT = ("pl-ae", "feature-prediction"), ("ae", "pl-ae@loss=pixels")
TINY = CompareConfig(
    methods=(*WITH, *WITHOUT),
    latents=(4,),
    train=TrainConfig(epochs=1, batch_size=16, precision="32-true"),
    settings={"width": 4, "hidden": 16},
    maps=(),
)


@pytest.fixture
def subject():
    images = np.random.default_rng(0).integers(0, 255, (30, 8, 8, 1), np.uint8)
    return Subject(images, None, 1, np.arange(20), np.arange(20, 30))


@pytest.fixture
def ship(monkeypatch, tmp_path):
    """Lets another file of weights ship."""

    def change(content: bytes) -> None:
        path = tmp_path / f"{len(content)}.safetensors"
        path.write_bytes(content)
        monkeypatch.setattr(stems, "_shipped", lambda name: path)

    return change


def run(config, subject, **options):
    kept = []

    def keep(record, _):
        kept.append(record)

    run_comparison(config, subject, keep, device="cpu", **options)
    return kept


def test_the_marks_are_those_of_the_files_that_ship():
    for name in SHIPPED:
        assert stems._shipped(name) == shipped(name)
        assert len(stems.weights_digest(name)) == 12
    assert stems.weights_digest(STEM) == stems.weights_digest("torchvision") == stem_digest()
    assert stems.weights_digest("/home/own.pth") == ""
    assert stems.STEM == STEM


def test_only_runs_with_a_loss_network_are_measured_anew(subject, ship):
    records = run(TINY, subject)
    assert [bool(record["stem"]) for record in records] == [True, True, False, False]
    assert unfinished(TINY, records) == []
    ship(b"another")
    assert tuple(cell.label for cell in unfinished(TINY, records)) == WITH


def test_a_file_of_ones_own_counts_by_its_content(subject, tmp_path):
    own = tmp_path / "own.safetensors"
    own.write_bytes(shipped(STEM).read_bytes())
    update = {"methods": ("pl-ae",), "settings": {"width": 4, "loss_weights": str(own)}}
    config = TINY.model_copy(update=update)
    records = run(config, subject)
    assert records[0]["stem"] == stems.weights_digest(str(own)) != ""
    assert unfinished(config, records) == []
    own.write_bytes(b"another")
    assert len(unfinished(config, records)) == 1
    own.unlink()
    assert unfinished(config, records) == [], "nobody could measure it anew"


def test_downloaded_weights_are_none_that_ship(subject):
    config = TINY.model_copy(update={"methods": ("pl-ae@loss_weights=torchvision",)})
    method = build_method(cells(config)[0], config.model_copy(update={"settings": {}}), subject)
    assert stem_of(method) == stem_digest(), "it may have to take their place"
    method.features.filled = True
    assert stem_of(method) == ""
    method.features.replaced = True
    assert stem_of(method) == stem_digest()


def test_finished_runs_of_earlier_versions(ship):
    """They do not say which network they had; those without one stay finished."""
    mark = fingerprint(TINY)
    configs = {
        "pl-ae": {"loss": "perceptual", "loss_weights": "stem-unlabelled"},
        "feature-prediction": {"loss": "pw", "encodes": "features", "loss_weights": "torchvision"},
        "ae": {"width": 4},
        "pl-ae@loss=pixels": {"loss": "pixels", "loss_weights": "stem-unlabelled"},
    }
    keys = {cell.label: cell.key for cell in unfinished(TINY, [])}
    records = [
        {"key": keys[name], "state": "done", "settings": mark, "config": config}
        for name, config in configs.items()
    ]
    assert tuple(cell.label for cell in unfinished(TINY, records)) == WITH


def test_a_training_that_began_with_another_network_starts_again(subject, tmp_path, ship):
    train = TINY.train.model_copy(update={"epochs": 3})
    config = TINY.model_copy(update={"settings": {"width": 4}, "train": train})
    epochs: list[int] = []

    def stop(event):
        if event.stage == "train" and event.done == 2:
            raise JobCancelledError("stop")

    def watch(event):
        if event.stage == "train" and event.done:
            epochs.append(event.done)

    def resumed(method):
        epochs.clear()
        one = config.model_copy(update={"methods": (method,)})
        with pytest.raises(JobCancelledError):
            run(one, subject, checkpoints=lambda cell: tmp_path / cell.key, report=stop)
        ship(method.encode())
        [record] = run(one, subject, checkpoints=lambda cell: tmp_path / cell.key, report=watch)
        assert [each["epoch"] for each in record["curve"]] == [1, 2, 3]
        return min(epochs)

    assert resumed("ae") > 1
    assert resumed("pl-ae") == 1


def test_the_mark_needs_no_torch():
    script = (
        "import sys; from labeller.comparison.plan import unfinished; "
        "from labeller.comparison.stems import weights_digest; "
        "assert weights_digest('torchvision'); "
        "assert 'torch' not in sys.modules"
    )
    run_process([sys.executable, "-c", script], check=True)
