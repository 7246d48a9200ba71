"""The loop: what it reports, when it stops, and that a stopped training goes on exactly."""

import json
import math

import numpy as np
import pytest
import torch

from labeller.events import Progress
from labeller.methods.vae import VAE
from labeller.training import train


def test_records_and_events(small, tmp_path):
    events: list[Progress] = []
    history = small.train(
        small.method(), labels=small.labels, gamma=2.0, folder=tmp_path, report=events.append
    )
    assert [record["epoch"] for record in history] == [1, 2, 3, 4]
    assert set(history[0]) == {
        "epoch",
        "loss",
        "reconstruction",
        "kl",
        "classification",
        "images_per_second",
        "seconds",
    }
    ends = [event for event in events if event.milestone]
    assert [(event.stage, event.done, event.total) for event in ends] == [
        ("train", epoch, 4) for epoch in (1, 2, 3, 4)
    ]
    assert ends[-1].metrics["seconds_left"] == 0
    assert ends[0].metrics["seconds_left"] > 0
    assert ends[1].metrics["loss"] == history[1]["loss"]
    record = json.loads((tmp_path / "checkpoint.json").read_text())
    assert (record["epoch"], record["history"]) == (4, history)


def test_the_terms_are_means_per_image(small):
    """Also when the last batch is smaller: 300 = 4 * 64 + 44."""
    history = small.train(small.method(), small.config(epochs=1, learning_rate=1e-12))
    whole = small.train(small.method(), small.config(epochs=1, learning_rate=1e-12, batch_size=300))
    assert history[0]["kl"] == pytest.approx(whole[0]["kl"], rel=1e-4)
    terms = history[0]
    assert terms["loss"] == pytest.approx(terms["reconstruction"] + terms["kl"], rel=1e-5)


def test_events_come_within_an_epoch(small, monkeypatch):
    monkeypatch.setattr("labeller.training.loop.PERIOD", 0.0)
    events: list[Progress] = []
    small.train(small.method(), small.config(epochs=2), report=events.append)
    within = [event for event in events if not event.milestone]
    assert len(within) == 10
    assert [event.done for event in within] == [0, 0, 0, 0, 1, 1, 1, 1, 1, 2]
    assert within[2].metrics["epoch"] == pytest.approx(0.6)
    assert within[2].metrics["images_per_second"] > 0


def test_the_callers_random_numbers_stay(small):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    small.train(small.method(), small.config(epochs=1))
    assert torch.equal(torch.rand(3), expected)


def test_half_precision_learns_as_well(small):
    losses = [
        small.train(small.method(), small.config(precision=precision))[-1]["loss"]
        for precision in ("32-true", "bf16-mixed")
    ]
    assert losses[1] == pytest.approx(losses[0], rel=0.03)


def test_a_method_sees_all_images_and_chooses_those_of_an_epoch(small, monkeypatch):
    seen: list[list[int]] = []
    wholes, passed = [], []

    def total(images):
        passed.append(images.flatten(1).sum(1))
        return passed[-1]

    def start(self, epoch, epochs, data):
        passed.clear()
        pixels = data.apply(total)
        # Batches of neighbours in a folder would be batches of one class.
        assert not torch.equal(torch.cat(passed), pixels)
        wholes.append((data.count, data.seed, pixels, data.first(pixels)))
        return torch.full((300,), 7 + epoch)

    def loss(self, batch):
        seen.append(batch.index.tolist())
        return good(self, batch)

    good = VAE.loss
    monkeypatch.setattr(VAE, "start_epoch", start)
    monkeypatch.setattr(VAE, "loss", loss)
    small.train(small.method(), small.config(epochs=2))
    assert {place for batch in seen[:5] for place in batch} == {7}
    assert {place for batch in seen[5:] for place in batch} == {8}
    expected = torch.from_numpy(small.images.reshape(300, -1).sum(1) / np.float32(255))
    for count, _, *values in wholes:
        assert count == 300
        for value in values:
            torch.testing.assert_close(value, expected.float())
    assert wholes[0][1] != wholes[1][1]
    monkeypatch.setattr(VAE, "start_epoch", lambda *_: torch.arange(5))
    with pytest.raises(ValueError, match=r"start_epoch of vae must .* 300 images, got \(5,\)"):
        small.train(small.method(), small.config(epochs=1))


@pytest.mark.slow
def test_two_processes_train_one_method(small, tmp_path):
    """What several GPUs do, on the CPU: each sees half of every batch, gradients are averaged."""
    method, alone = small.method(), small.method()
    before = method.state_dict()["head.weight"].clone()
    events: list[Progress] = []
    given = {"labels": small.labels, "gamma": 2.0}
    history = small.train(
        method,
        small.config(device="cpu:2", epochs=2),
        folder=tmp_path,
        report=events.append,
        **given,
    )
    expected = small.train(alone, small.config(epochs=2), **given)
    assert [event.done for event in events if event.milestone] == [1, 2]
    assert not torch.equal(before, method.state_dict()["head.weight"])
    assert history[-1]["loss"] == pytest.approx(expected[-1]["loss"], rel=0.05)
    assert json.loads((tmp_path / "checkpoint.json").read_text())["epoch"] == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"labels": np.zeros(3, np.int64)},
            r"labels must have one entry .* 300 images, got \(3,\)",
        ),
        ({"labels": np.full(300, 10)}, "labels must be between -1 and 9, got 10 to 10"),
        ({"labels": np.full(300, -2)}, "labels must be between -1 and 9, got -2 to -2"),
        ({"weights": np.full(300, 1.5)}, "weights must be between 0 and 1, got 1.5"),
        ({"weights": np.full(300, np.nan)}, "weights must be between 0 and 1, got nan"),
        ({"index": np.array([0, 300])}, "index must be between 0 and 299, got 0 to 300"),
        ({"index": np.array([4])}, "training needs at least 2 images, got 1"),
        ({"gamma": -1.0}, "gamma must be 0 or more, got -1.0"),
        ({"gamma": math.nan}, "gamma must be 0 or more, got nan"),
    ],
)
def test_arguments_that_do_not_fit(small, changes, message):
    with pytest.raises(ValueError, match=message):
        small.train(small.method(), **changes)


def test_images_of_another_shape(small):
    with pytest.raises(ValueError, match=r"uint8 of shape \(N, 8, 8, 1\), .* got float32"):
        train(small.method(), small.images.astype(np.float32), small.config())
    with pytest.raises(ValueError, match=r"got uint8 of shape \(300, 8, 4, 1\)"):
        train(small.method(), small.images[:, :, :4], small.config())
