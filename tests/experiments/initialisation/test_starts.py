"""A classifier's start from a denoising encoder against random ones, on digits."""

import json

import pytest

from labeller.config import TrainConfig
from labeller.errors import DataError
from labeller.experiments.initialisation.classifier import STARTS
from labeller.experiments.initialisation.starts import starts_benchmark

SHORT = {"batch_size": 64, "learning_rate": 1e-3, "device": "cpu"}
GIVEN = {
    "config": {"width": 4, "m1": 1, "m2": 1, "m3": 0},
    "pretraining": TrainConfig(epochs=1, **SHORT),
    "tuning": TrainConfig(epochs=1, **SHORT),
}


def test_every_start_on_every_number_of_labels_and_seed():
    result = starts_benchmark("digits", labelled=[20, 40], seeds=[0, 1], **GIVEN)
    assert json.loads(json.dumps(result)) == result
    assert len(result["scores"]) == 2 * 2 * len(STARTS)
    own = [one["accuracy"] for one in result["scores"] if one["start"] == "he"]
    assert len(own) == 4
    assert 0 <= min(own) <= max(own) <= 1
    assert result["mean"]["he"]["20"] == pytest.approx((own[0] + own[2]) / 2)
    assert result["method"]["width"] == 4


def test_images_without_classes_are_refused(tmp_path):
    from PIL import Image

    for place in range(4):
        Image.new("L", (8, 8), place).save(tmp_path / f"{place}.png")
    with pytest.raises(DataError, match="needs images with classes"):
        starts_benchmark(str(tmp_path), **GIVEN)


def test_more_labels_than_images_are_refused():
    with pytest.raises(ValueError, match="labelled must be at most 1438"):
        starts_benchmark("digits", labelled=[5000], **GIVEN)
    for wrong in ({"labelled": [1, 20]}, {"seeds": [-1]}):
        with pytest.raises(ValueError, match="or more, got"):
            starts_benchmark("digits", **{"labelled": [20], **wrong}, **GIVEN)
