"""The loop: what it reports, when it stops, and that a stopped training goes on exactly."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from labeller.errors import JobCancelledError, StateError, TrainingError
from labeller.events import Progress
from labeller.methods.vae import VAE
from labeller.training import train
from labeller.training.loop import Loop


def states_equal(first, second):
    a, b = first.state_dict(), second.state_dict()
    return all(torch.equal(a[key], b[key]) for key in a)


class CancelAt:
    """A `report` that cancels at the milestone of an epoch, or in the middle of the next one."""

    def __init__(self, epoch, *, milestone):
        self.epoch, self.milestone = epoch, milestone

    def __call__(self, event: Progress) -> None:
        if event.done == self.epoch and event.milestone == self.milestone:
            raise JobCancelledError("the job was cancelled")


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


@pytest.mark.parametrize("milestone", [True, False], ids=["between epochs", "within an epoch"])
def test_resumed_is_the_same_to_the_bit(small, tmp_path, monkeypatch, milestone):
    monkeypatch.setattr("labeller.training.loop.PERIOD", 0.0)
    given = {"labels": small.labels, "gamma": 2.0}
    straight = small.method()
    expected = small.train(straight, **given)
    with pytest.raises(JobCancelledError):
        small.train(
            small.method(),
            **given,
            folder=tmp_path,
            report=CancelAt(2, milestone=milestone),
        )
    torch.manual_seed(77)  # another process has other random numbers
    resumed = small.method(seed=5)
    history = small.train(resumed, **given, folder=tmp_path, resume=True)
    assert states_equal(straight, resumed)
    assert [r["loss"] for r in history] == [r["loss"] for r in expected]


DYING = """
import os, signal, sys
from pathlib import Path
import numpy as np
import labeller.training.loop
from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.training import train

def report(event):
    if event.metrics["epoch"] > 2.3:
        os.kill(os.getpid(), signal.SIGKILL)

labeller.training.loop.PERIOD = 0.0
folder = Path(sys.argv[1])
method = registry.build("vae", {"width": 4, "hidden": 32, "latent": 6}, ImageShape(1, 8, 8), 10)
config = TrainConfig(epochs=4, batch_size=64, precision="32-true", device="cpu")
train(method, np.load(folder / "x.npy"), config, folder=folder, report=report)
"""


@pytest.mark.slow
def test_killed_in_another_process(small, tmp_path):
    """kill -9 in the third epoch, then resumed here: the same as never stopped."""
    np.save(tmp_path / "x.npy", small.images)
    command = [sys.executable, "-c", DYING, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    straight, resumed = small.method(), small.method()
    small.train(straight)
    history = small.train(resumed, folder=tmp_path, resume=True)
    assert len(history) == 4
    assert states_equal(straight, resumed)


def test_a_finished_training_resumes_to_nothing(small, tmp_path):
    method, again = small.method(), small.method()
    expected = small.train(method, folder=tmp_path)
    assert small.train(again, folder=tmp_path, resume=True) == expected
    assert states_equal(method, again)


def test_without_resume_the_old_checkpoint_goes(small, tmp_path):
    small.train(small.method(), folder=tmp_path)
    with pytest.raises(JobCancelledError):
        small.train(
            small.method(),
            folder=tmp_path,
            report=CancelAt(1, milestone=True),
        )
    assert json.loads((tmp_path / "checkpoint.json").read_text())["epoch"] == 1


def test_a_checkpoint_of_other_settings_is_refused(small, tmp_path):
    small.train(small.method(), folder=tmp_path)
    other = small.method(latent=7)
    before = [value.clone() for value in other.parameters()]
    with pytest.raises(StateError, match=r"was made with config .*'latent': 6.*use the same"):
        small.train(other, folder=tmp_path, resume=True)
    assert all(torch.equal(a, b) for a, b in zip(before, other.parameters(), strict=True))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_keeps_the_last_checkpoint(small, tmp_path, monkeypatch, value):
    good = VAE.loss

    def bad(self, batch):
        terms = good(self, batch)
        calls.append(1)
        return {**terms, "loss": terms["loss"] * (value if len(calls) > 12 else 1)}

    calls: list[int] = []
    monkeypatch.setattr(VAE, "loss", bad)
    with pytest.raises(
        TrainingError, match=r"the loss became .* in epoch 3 of 4; .*epoch 2 is kept"
    ):
        small.train(small.method(), folder=tmp_path)
    monkeypatch.setattr(VAE, "loss", good)
    resumed, straight = small.method(), small.method()
    small.train(resumed, folder=tmp_path, resume=True)
    small.train(straight)
    assert states_equal(resumed, straight)


def test_weights_that_are_not_finite_never_become_a_checkpoint(small, tmp_path, monkeypatch):
    """The last step of an epoch can break the weights after the last finite loss."""
    steps, seen = Loop._one_step, []

    def breaking(self, batch):
        terms = steps(self, batch)
        seen.append(1)
        if len(seen) == 10:  # the last step of the second epoch
            with torch.no_grad():
                self.method.decoder.deconvolution.bias.fill_(math.nan)
        return terms

    monkeypatch.setattr(Loop, "_one_step", breaking)
    with pytest.raises(TrainingError, match=r"decoder\.deconvolution\.bias .*epoch 1 is kept"):
        small.train(small.method(), folder=tmp_path)
    assert json.loads((tmp_path / "checkpoint.json").read_text())["epoch"] == 1


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


def test_constant_and_cosine_schedules(small, monkeypatch):
    rates: list[float] = []
    steps = Loop._one_step

    def watched(self, batch):
        rates.append(self.optimiser.param_groups[0]["lr"])
        return steps(self, batch)

    monkeypatch.setattr(Loop, "_one_step", watched)
    small.train(small.method(), small.config(epochs=2, learning_rate=0.01))
    small.train(small.method(), small.config(epochs=2, learning_rate=0.01, schedule="constant"))
    cosine = [0.005 * (1 + math.cos(math.pi * step / 10)) for step in range(10)]
    assert rates[:10] == pytest.approx(cosine)
    assert rates[10:] == [0.01] * 10


def watch_rates(monkeypatch):
    rates: list[float] = []
    steps = Loop._one_step

    def watched(self, batch):
        rates.append(self.optimiser.param_groups[0]["lr"])
        return steps(self, batch)

    monkeypatch.setattr(Loop, "_one_step", watched)
    return rates


def test_linear_schedule_with_sgd_and_weight_decay(small, monkeypatch):
    rates = watch_rates(monkeypatch)
    config = small.config(
        epochs=2, learning_rate=1e-4, schedule="linear", optimiser="sgd", weight_decay=1e-4
    )
    history = small.train(small.method(), config)
    assert rates == pytest.approx([1e-4 * (1 - step / 10) for step in range(10)])
    assert history[1]["loss"] < history[0]["loss"]


def test_a_stalled_loss_divides_the_rate_by_ten_also_after_a_resume(small, tmp_path, monkeypatch):
    """A loss that never falls: after the first epoch and `patience` + 1 more, the rate drops."""
    rates = watch_rates(monkeypatch)
    flat = {"loss": torch.tensor(1.0)}
    monkeypatch.setattr(
        VAE, "loss", lambda self, batch: {"loss": flat["loss"] + 0 * self.head.weight.sum()}
    )
    config = small.config(
        epochs=6, batch_size=300, learning_rate=0.1, schedule="plateau", patience=1
    )
    expected = [0.1, 0.1, 0.1, 0.01, 0.01, 0.001]
    small.train(small.method(), config)
    assert rates == pytest.approx(expected)
    rates.clear()
    with pytest.raises(JobCancelledError):
        small.train(small.method(), config, folder=tmp_path, report=CancelAt(4, milestone=True))
    small.train(small.method(), config, folder=tmp_path, resume=True)
    assert rates == pytest.approx(expected)


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
