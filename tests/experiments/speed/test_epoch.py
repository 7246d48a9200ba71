"""The benchmark compares what it says; how fast a machine is, is no test's business."""

import json

import numpy as np
import pytest

from labeller.events import Progress
from labeller.experiments.speed.epoch import enlarged_digits, epoch_benchmark


@pytest.mark.slow
def test_every_loop_is_timed_in_turns():
    events: list[Progress] = []
    result = epoch_benchmark(
        enlarged_digits(128, side=8),
        config={"width": 2, "hidden": 8},
        batch_size=32,
        repeats=2,
        device="cpu",
        report=events.append,
    )
    assert [event.message for event in events[:4]] == [
        "bare",
        "dataloader",
        "labeller fp32",
        "labeller auto",
    ]
    assert (events[-1].done, events[-1].total) == (8, 8)
    assert all(len(loop["seconds"]) == 2 for loop in result["loops"].values())
    bare, ours = (result["loops"][name]["seconds"] for name in ("bare", "labeller fp32"))
    expected = np.median([bare[0] / ours[0], bare[1] / ours[1]])
    assert result["ratios"]["fp32_to_bare"] == pytest.approx(expected)
    assert json.loads(json.dumps(result)) == result
    assert result["images"] == [128, 8, 8, 1]


def test_too_little_to_measure():
    with pytest.raises(ValueError, match="images must be at least 512, got 100"):
        epoch_benchmark(enlarged_digits(100))
    with pytest.raises(ValueError, match="trained in epochs, got pca"):
        epoch_benchmark(np.zeros((512, 8, 8, 1), np.uint8), method="pca")
    with pytest.raises(ValueError, match="repeats must be at least 1, got 0"):
        epoch_benchmark(enlarged_digits(600), repeats=0)
