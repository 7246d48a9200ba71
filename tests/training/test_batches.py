"""Batches carry exactly what was handed in, from memory or from disk."""

import dataclasses

import numpy as np
import pytest
import torch

from labeller.methods.base import Batch
from labeller.training.batches import TrainingSet, open_batches

CPU = torch.device("cpu")


@pytest.fixture
def data(tmp_path):
    """200 colour images on disk, 150 of them for training, some with a label."""
    rng = np.random.default_rng(0)
    np.save(tmp_path / "images.npy", rng.integers(0, 256, (200, 9, 8, 3), dtype=np.uint8))
    rows = rng.permutation(200)[:150].astype(np.int64)
    labels = rng.integers(-1, 4, 150)
    weights = rng.random(150).astype(np.float32)
    images = np.load(tmp_path / "images.npy", mmap_mode="r")
    return TrainingSet(images, rows, labels, weights, gamma=3.0)


@pytest.mark.parametrize("resident", [True, False])
def test_each_image_once_with_its_own_label(data, resident):
    batches = list(open_batches(data, CPU, 32, resident=resident).epoch(seed=1))
    assert [len(batch.images) for batch in batches] == [32, 32, 32, 32, 22]
    index = torch.cat([batch.index for batch in batches]).numpy()
    assert sorted(index) == list(range(150))
    assert (index != np.arange(150)).any()
    images = torch.cat([batch.images for batch in batches])
    expected = data.images[data.rows[index]].transpose(0, 3, 1, 2) / np.float32(255)
    assert images.dtype == torch.float32
    np.testing.assert_array_equal(images.numpy(), expected)
    assert images.max() <= 1
    labels = torch.cat([batch.labels for batch in batches]).numpy()
    weights = torch.cat([batch.weights for batch in batches]).numpy()
    np.testing.assert_array_equal(labels, data.labels[index])
    np.testing.assert_array_equal(weights, data.weights[index])
    assert {batch.gamma for batch in batches} == {3.0}


def test_a_batch_has_no_place_for_a_target():
    assert {field.name for field in dataclasses.fields(Batch)} == {
        "images",
        "index",
        "labels",
        "weights",
        "gamma",
        "features",
    }


def test_the_order_comes_from_the_seed(data):
    def order(seed, resident):
        opened = open_batches(data, CPU, 32, resident=resident)
        return torch.cat([batch.index for batch in opened.epoch(seed)]).tolist()

    assert order(1, True) == order(1, True) == order(1, False)
    assert order(1, True) != order(2, True)


def test_processes_share_an_epoch(data):
    opened = open_batches(data, CPU, 16, resident=True)
    parts = [
        torch.cat([batch.index for batch in opened.epoch(1, rank, 4)]).tolist() for rank in range(4)
    ]
    assert [len(part) for part in parts] == [37] * 4
    assert len(set().union(*parts)) == 148
    assert opened.steps(4) == 3


def test_a_last_image_alone_joins_the_batch_before_where_all_are_seen(data):
    opened = open_batches(data, CPU, 149, resident=True)
    assert [len(index) for index, _ in opened.everything(1)] == [150]
    seen = torch.cat([index for index, _ in opened.everything(1, 0, 2)])
    assert len(seen) == 150
    assert list(opened.everything(1, 1, 2)) == []


def test_a_last_image_alone_waits_for_the_next_epoch(data):
    opened = open_batches(data, CPU, 149, resident=True)
    assert [len(batch.images) for batch in opened.epoch(1)] == [149]
    assert opened.steps() == 1


def test_reading_ahead_stops_with_the_reader(data):
    opened = open_batches(data, CPU, 8, resident=False)
    epoch = opened.epoch(1)
    next(epoch)
    epoch.close()  # as when `report` raises: no thread may wait for ever


def test_images_stay_on_disk_when_memory_is_short(data, monkeypatch):
    assert open_batches(data, CPU, 32).resident
    monkeypatch.setattr("labeller.training.batches.free_memory", lambda device: 1000)
    assert not open_batches(data, CPU, 32).resident
