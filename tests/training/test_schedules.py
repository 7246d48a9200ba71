"""The learning rate, step by step."""

import math

import pytest
import torch

from labeller.errors import JobCancelledError
from labeller.methods.vae import VAE
from labeller.training.loop import Loop
from tests.training.conftest import CancelAt


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
