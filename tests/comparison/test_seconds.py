"""The time of an epoch in a comparison is the training's alone, by a clock that work moves on."""

from types import SimpleNamespace

import pytest

from labeller.comparison import cell
from labeller.comparison.measure import Measurement
from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.training import loop
from tests.comparison.conftest import TINY, run

STEP, FIRST, PROBE, MEASURING = 1, 50, 1000, 10_000  # seconds


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still but for what moves it: steps, probes, measurements."""
    made = SimpleNamespace(now=0.0, steps=0, probes=0)
    fake = SimpleNamespace(monotonic=lambda: made.now)
    monkeypatch.setattr(loop, "time", fake)
    monkeypatch.setattr(cell, "time", fake)
    learn, measure = registry.get("ae").loss, Measurement.run

    def step(self, batch):
        made.now += STEP if made.steps else FIRST  # the first one of all warms up
        made.steps += 1
        return learn(self, batch)

    def probe(*_):
        made.now += PROBE
        made.probes += 1
        return 0.5

    def measured(self, report):
        made.now += MEASURING
        measure(self, report)

    monkeypatch.setattr(registry.get("ae"), "loss", step)
    monkeypatch.setattr(cell, "probe_score", probe)
    monkeypatch.setattr(Measurement, "run", measured)
    return made


def test_probes_between_epochs_and_measurements_do_not_count_as_training(clock, subject):
    train = TrainConfig(epochs=3, batch_size=64, precision="32-true")
    update = {"methods": ("ae",), "train": train, "answers": (), "maps": ()}
    [(record, _)] = run(TINY.model_copy(update=update), subject)
    assert clock.probes == 3
    steps = clock.steps / 3
    assert steps > 1
    each = [epoch["seconds"] for epoch in record["curve"]]
    assert each == [FIRST + (steps - 1) * STEP, steps * STEP, steps * STEP]
    assert record["seconds"]["epoch"] == steps * STEP  # the median: no warming up
    assert record["seconds"]["train"] == sum(each)
    assert record["seconds"]["evaluate"] == MEASURING
