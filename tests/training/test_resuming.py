"""Checkpoints of the loop: what a training goes on from, and what never becomes one."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch

from labeller.errors import JobCancelledError, StateError, TrainingError
from labeller.methods.vae import VAE
from labeller.training.loop import Loop
from tests.training.conftest import CancelAt, states_equal


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


def test_the_last_epoch_is_told_again(small, tmp_path):
    """What it said may be lost: its checkpoint is written before."""
    with pytest.raises(JobCancelledError):
        small.train(small.method(), folder=tmp_path, report=CancelAt(2, milestone=True))
    events = []
    history = small.train(small.method(), folder=tmp_path, resume=True, report=events.append)
    first, *others = [event for event in events if event.milestone]
    assert [event.done for event in (first, *others)] == [2, 3, 4]
    assert first.metrics["loss"] == history[1]["loss"]
    assert "seconds_left" not in first.metrics, "nothing was timed yet"
    assert others[0].metrics["seconds_left"] > 0


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


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "best/weights.safetensors"])
def test_a_damaged_checkpoint_is_begun_anew_from(small, tmp_path, name):
    given = {"settings": small.config(validation=0.25)}
    straight = small.method()
    small.train(straight, **given)
    with pytest.raises(JobCancelledError):
        small.train(small.method(), **given, folder=tmp_path, report=CancelAt(2, milestone=True))
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    resumed = small.method()
    assert len(small.train(resumed, **given, folder=tmp_path, resume=True)) == 4
    assert states_equal(straight, resumed)
