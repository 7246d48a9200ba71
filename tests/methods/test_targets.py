"""Features of training images are computed once, and are those of the image they are read for."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from labeller.config import TrainConfig
from labeller.methods import registry, targets
from labeller.methods.base import ImageShape
from labeller.methods.targets import TargetFeatures
from labeller.training import train

DATA = SimpleNamespace(count=6)


class Doubled(torch.nn.Module):
    """Features that tell how often they were asked for."""

    calls = 0

    def forward(self, images):
        self.calls += 1
        return 2 * images.repeat(1, 2, 1, 1)


@pytest.fixture
def images():
    return torch.rand(6, 3, 4, 5)


def an_epoch(kept, images, order):
    kept.start(DATA)
    return {
        int(place): row
        for index in torch.tensor(order).split(2)
        for place, row in zip(index, kept(images[index], index), strict=True)
    }


def test_the_second_epoch_computes_nothing(images):
    network = Doubled()
    kept = TargetFeatures(network)
    an_epoch(kept, images, [5, 0, 3, 1, 2, 4])
    assert network.calls == 3
    found = an_epoch(kept, images, [0, 4, 5, 3, 1, 2])
    assert network.calls == 3
    expected = network(images)
    assert all(torch.equal(row, expected[place]) for place, row in found.items())


def test_other_images_are_computed(images):
    kept = TargetFeatures(Doubled())
    for _ in range(2):
        an_epoch(kept, images, range(6))
    others = torch.rand(2, 3, 4, 5)
    assert torch.equal(kept(others, None), Doubled()(others))


def test_an_image_that_no_epoch_has_shown_is_computed(images):
    kept = TargetFeatures(Doubled())
    an_epoch(kept, images, [0, 1, 2, 3])
    found = an_epoch(kept, images, [4, 5, 0, 1])
    assert torch.equal(found[4], Doubled()(images[4:5])[0])


def test_what_does_not_fit_is_computed(images, monkeypatch):
    monkeypatch.setattr(targets, "free_memory", lambda device: 4 * 6 * 120 * 4 - 1)
    network = Doubled()
    kept = TargetFeatures(network)
    for _ in range(2):
        an_epoch(kept, images, range(6))
    assert network.calls == 6


def test_memory_that_is_refused_is_done_without(images, monkeypatch):
    def refuse(self, *size):
        raise RuntimeError("can't allocate memory")

    network = Doubled()
    kept = TargetFeatures(network)
    monkeypatch.setattr(torch.Tensor, "new_empty", refuse)
    for _ in range(2):
        an_epoch(kept, images, range(6))
    assert network.calls == 6


@pytest.mark.parametrize("name", ["pl-ae", "feature-prediction"])
def test_a_training_that_was_broken_off_leaves_no_features_to_the_next(name):
    """The next one may be of other images."""
    draws = np.random.default_rng(0)
    config = TrainConfig(epochs=3, batch_size=8, device="cpu", precision="32-true")
    first, second = (draws.integers(0, 256, (16, 16, 16, 1), dtype=np.uint8) for _ in range(2))
    losses = []
    for broken_off in (True, False):
        quick = registry.get(name).quick
        method = registry.build(name, quick, ImageShape(1, 16, 16), 2, seed=1)
        start = {key: value.clone() for key, value in method.state_dict().items()}
        if broken_off:

            def stop(event):
                if event.milestone and event.done >= 2:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                train(method, first, config, report=stop)
            method.load_state_dict(start)
        losses.append([epoch["loss"] for epoch in train(method, second, config)])
    assert losses[0] == losses[1]


@pytest.mark.parametrize(
    "method", ["pl-ae", "pl-ae:p-ae", "feature-prediction", "feature-prediction:f-i-ps"]
)
def test_a_training_with_kept_features_is_the_same(method, monkeypatch):
    pictures = np.random.default_rng(0).integers(0, 256, (30, 16, 16, 1), dtype=np.uint8)
    config = TrainConfig(
        epochs=3, batch_size=8, validation=0.2, device="cpu", precision="32-true", seed=1
    )
    losses, asked = [], []
    for share in (0.25, 0.0):
        monkeypatch.setattr(targets, "SHARE", share)
        name, preset = registry.chosen(method)
        changes = {**registry.get(name).quick, **preset}
        built = registry.build(name, changes, ImageShape(1, 16, 16), 2, seed=1)
        calls = []
        built.features.register_forward_hook(lambda *_, calls=calls: calls.append(1))
        history = train(built, pictures, config)
        losses.append([(epoch["loss"], epoch["validation_loss"]) for epoch in history])
        asked.append(len(calls))
        assert built.targets._kept is None
    assert losses[0] == losses[1]
    assert asked[0] < asked[1]
