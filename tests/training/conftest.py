"""A small training that every test varies."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from labeller.config import TrainConfig
from labeller.errors import JobCancelledError
from labeller.events import Progress
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.training import train


@pytest.fixture(scope="session")
def digits():
    """(1797,8,8,1) uint8 images and (1797,) labels of scikit-learn's digits."""
    data = load_digits()
    return (data.images * 255 / 16).astype(np.uint8)[..., None], data.target.astype(np.int64)


@pytest.fixture
def small(digits):
    """`small.method()`, `small.config(...)` and `small.train(...)` on 300 digits."""
    images, labels = digits[0][:300], digits[1][:300]

    def method(seed=0, **changes):
        config = {"width": 4, "hidden": 32, "latent": 6, **changes}
        return registry.build("vae", config, ImageShape(1, 8, 8), 10, seed=seed)

    def config(**changes):
        given = {"epochs": 4, "batch_size": 64, "precision": "32-true", "device": "cpu", **changes}
        return TrainConfig(**given)

    def run(learner, settings=None, **changes):
        return train(learner, images, settings or config(), **changes)

    return SimpleNamespace(images=images, labels=labels, method=method, config=config, train=run)


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
