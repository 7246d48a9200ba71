"""Held-out images choose the epoch whose weights are kept."""

import json

import numpy as np
import pytest
import torch

from labeller.config import TrainConfig
from labeller.errors import JobCancelledError
from labeller.methods import registry
from labeller.methods.ae import Autoencoder
from labeller.methods.base import Batch, ImageShape
from labeller.training import train
from labeller.training.batches import TrainingSet
from labeller.training.checkpoints import save_method
from labeller.training.validation import hold_out
from tests.methods.reading import features_of, shape_for


def test_a_share_is_held_out_by_the_seed():
    images = np.zeros((100, 8, 8, 1), np.uint8)
    data = TrainingSet(images, np.arange(50, 100), np.arange(50) % 3, np.ones(50, np.float32))
    kept, held = hold_out(data, 0.2, seed=1)
    assert (len(kept), len(held)) == (40, 10)
    assert sorted([*kept.rows, *held.rows]) == list(range(50, 100))
    assert np.array_equal(held.labels, (held.rows - 50) % 3)
    assert np.array_equal(hold_out(data, 0.2, seed=1)[1].rows, held.rows)
    assert not np.array_equal(hold_out(data, 0.2, seed=2)[1].rows, held.rows)
    assert hold_out(data, 0.0, seed=1) == (data, None)
    with pytest.raises(ValueError, match=r"validation 0\.02 of 50 images leaves fewer than 2"):
        hold_out(data, 0.02, seed=1)


def worsening(small, **changes):
    """Settings with which the loss on held-out images rises again: a rate that overshoots."""
    return small.config(**{"epochs": 5, "validation": 0.3, "learning_rate": 0.05, **changes})


def loss_on(method, images):
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    nothing = torch.full((len(images),), -1)
    with torch.no_grad():
        return float(method.loss(Batch(pixels, nothing, nothing, torch.ones(len(images))))["loss"])


@pytest.fixture
def plain(small):
    """The small training with a method that draws nothing, so that its loss can be told again."""

    def run(settings, **changes):
        config = {"width": 4, "hidden": 32, "latent": 6}
        method = registry.build("ae", config, ImageShape(1, 8, 8), 10)
        return method, train(method, small.images, settings, **changes)

    return run


def test_the_weights_of_the_best_epoch_are_kept(small, plain):
    method, history = plain(worsening(small))
    losses = [record["validation_loss"] for record in history]
    held = hold_out(
        TrainingSet(small.images, np.arange(300), np.zeros(300), np.zeros(300)), 0.3, seed=0
    )[1]
    assert loss_on(method, small.images[held.rows]) == pytest.approx(min(losses), rel=1e-5)


def test_an_earlier_epoch_can_be_the_best(small, plain, monkeypatch):
    """With the held-out losses 3, 1, 2 the second epoch's weights are those that stay."""
    told = iter([3.0, 1.0, 2.0, 3.0, 1.0])
    monkeypatch.setattr("labeller.training.loop.Validation.measure", lambda self, loss: next(told))
    constant = {"schedule": "constant", "validation": 0.3}
    three, history = plain(small.config(epochs=3, **constant))
    two, _ = plain(small.config(epochs=2, **constant))
    assert [record["validation_loss"] for record in history] == [3.0, 1.0, 2.0]
    assert all(torch.equal(a, b) for a, b in zip(three.parameters(), two.parameters(), strict=True))


def test_resumed_keeps_the_best_of_before(small, plain, tmp_path, monkeypatch):
    """The second of three epochs is the best, and the training ends after it: it stays the best."""

    def stop(event):
        if event.milestone and event.done == 2:
            raise JobCancelledError("stop")

    told = iter([3.0, 1.0, 2.0, 3.0, 1.0, 2.0])
    monkeypatch.setattr("labeller.training.loop.Validation.measure", lambda self, loss: next(told))
    settings = small.config(epochs=3, validation=0.3)
    expected, history = plain(settings)
    with pytest.raises(JobCancelledError):
        plain(settings, folder=tmp_path, report=stop)
    assert json.loads((tmp_path / "checkpoint.json").read_text())["epoch"] == 2
    resumed, again = plain(settings, folder=tmp_path, resume=True)
    assert [r["validation_loss"] for r in again] == [r["validation_loss"] for r in history]
    pairs = zip(resumed.parameters(), expected.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    plain(small.config(), folder=tmp_path)
    assert not (tmp_path / "best").exists()


def test_held_out_images_are_measured_as_the_finished_network_sees_them(small, monkeypatch):
    """Without dropout and the like; the training goes on with them."""
    modes, loss = [], Autoencoder.loss

    def watched(self, batch):
        modes.append((self.training, torch.is_grad_enabled()))
        return loss(self, batch)

    monkeypatch.setattr(Autoencoder, "loss", watched)
    method = registry.build("ae", {"width": 4, "hidden": 32, "latent": 6}, ImageShape(1, 8, 8), 10)
    settings = small.config(epochs=2, batch_size=1000, validation=0.3)
    train(method, small.images, settings)  # an epoch is one batch to learn and one to measure
    assert modes == [(True, True), (False, False)] * 2
    assert not method.training


def test_a_kill_between_the_best_weights_and_the_checkpoint_loses_neither(
    small, plain, tmp_path, monkeypatch
):
    """A checkpoint whose history counts an epoch without its weights would go on from worse."""
    settings = small.config(epochs=2, validation=0.3)
    expected, history = plain(settings)
    assert history[1]["validation_loss"] < history[0]["validation_loss"]
    monkeypatch.setattr("labeller.training.validation.save_method", killed_at(2))
    with pytest.raises(KeyboardInterrupt):
        plain(settings, folder=tmp_path)
    monkeypatch.undo()
    resumed, again = plain(settings, folder=tmp_path, resume=True)
    assert [r["validation_loss"] for r in again] == [r["validation_loss"] for r in history]
    pairs = zip(resumed.parameters(), expected.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def killed_at(time):
    """`save_method` whose process ends as it is called for the `time`-th time."""
    calls = []

    def save(method, folder):
        calls.append(folder)
        if len(calls) == time:
            raise KeyboardInterrupt
        save_method(method, folder)

    return save


@pytest.mark.parametrize("name", ["uic", "deepcluster", "dec", "student"])
def test_a_method_that_labels_its_own_images_has_no_validation(small, name):
    method = registry.build(name, {"width": 4}, ImageShape(1, 8, 8), 2)
    with pytest.raises(ValueError, match=f"validation must be 0 for {name}"):
        train(method, small.images, TrainConfig(validation=0.2, device="cpu"))


def test_every_other_method_that_is_trained_has_validation(small):
    every = {name: registry.get(name) for name in registry.names()}
    others = [name for name, cls in every.items() if cls.trainable and not cls.relabels]
    assert {"vae", "symmetric-dae"} <= set(others)
    for name in others:
        cls = registry.get(name)
        given = {"width": 4, "hidden": 32, "latent": 6}
        config = {key: value for key, value in given.items() if key in cls.Config.model_fields}
        method = registry.build(name, {**config, **cls.quick}, shape_for(cls, (1, 8, 8)), 2)
        features = features_of(small.images[:60])
        settings = TrainConfig(epochs=2, batch_size=32, validation=0.2, device="cpu")
        for record in train(method, small.images[:60], settings, features=features):
            assert np.isfinite(record["validation_loss"]), name
