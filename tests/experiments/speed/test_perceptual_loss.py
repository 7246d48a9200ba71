"""The benchmark compares what it says; how fast a machine is, is no test's business."""

import json

import numpy as np
import pytest

from labeller.events import Progress
from labeller.experiments.speed.perceptual_loss import perceptual_benchmark


def test_all_versions_are_timed_and_are_the_same():
    events: list[Progress] = []
    result = perceptual_benchmark(batch_size=1, repeats=2, device="cpu", report=events.append)
    seconds = result["seconds"]
    for name, ratio in (("unpadded", "ratio"), ("kept", "ratio_kept")):
        ratios = [a / b for a, b in zip(seconds["padded"], seconds[name], strict=True)]
        assert result[ratio] == pytest.approx(np.median(ratios))
    assert result["gradient_difference"] < 1e-5
    assert result["operations"]["padded"] / result["operations"]["unpadded"] > 3.7
    assert result["operations"]["unpadded"] > 1.3 * result["operations"]["kept"]
    assert [(event.done, event.total) for event in events] == [(n, 6) for n in range(1, 7)]
    assert json.loads(json.dumps(result)) == result


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"side": 225}, "side must be between 1 and 224, got 225"),
        ({"batch_size": 0}, "batch_size must be between 1 and 65536, got 0"),
        ({"repeats": 0}, "repeats must be at least 1, got 0"),
    ],
)
def test_numbers_out_of_range(changes, message):
    with pytest.raises(ValueError, match=message):
        perceptual_benchmark(device="cpu", **changes)
