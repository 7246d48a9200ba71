"""DEC and IDEC: their equations, the two phases, and that clustering sharpens the assignments."""

import pytest
import torch

from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.methods.dec import sharpened
from labeller.training import train

QUICK = {"width": 4, "hidden": 32, "latent": 6, "clusters": 5}


def made(preset="idec", **changes):
    config = {**registry.get("dec").presets[preset], **QUICK, **changes}
    return registry.build("dec", config, ImageShape(1, 8, 8), 10)


def settings(epochs):
    return TrainConfig(epochs=epochs, batch_size=32, precision="32-true", device="cpu")


def test_assignments_and_target_by_hand():
    method = made(clusters=2, latent=1)
    method.centres.data = torch.tensor([[0.0], [2.0]])
    q = method.assigned(torch.tensor([[0.0], [1.0]]))
    torch.testing.assert_close(q, torch.tensor([[1 / 1.2, 0.2 / 1.2], [0.5, 0.5]]))
    f = q.sum(0)
    raised = q**2 / f
    torch.testing.assert_close(sharpened(q), raised / raised.sum(1, keepdim=True))
    assert sharpened(q)[0, 0] > q[0, 0]


def test_its_own_classes_are_its_assignments(digits):
    method = made()
    pixels = torch.from_numpy(digits[0][:20]).permute(0, 3, 1, 2) / 255
    assert method.eval().pseudo_logits(pixels) is None, "no centres yet"
    train(method, digits[0][:200], settings(2))
    with torch.inference_mode():
        q = method.assigned(method.encode(pixels))
        torch.testing.assert_close(method.pseudo_logits(pixels).softmax(1), q)


@pytest.mark.parametrize("preset", ["dec", "idec"])
def test_the_centres_are_those_of_the_pretrained_latents(digits, preset):
    method = made(preset)
    start = method.centres.detach().clone()
    history = train(method, digits[0][:200], settings(4))
    assert [record["divergence"] > 0 for record in history] == [False, False, True, True]
    assert bool(method.clustering)
    assert not torch.equal(start, method.centres)
    again = train(method, digits[0][:200], settings(2))  # no second pre-training
    assert all(record["divergence"] > 0 for record in again)


def test_clustering_makes_assignments_surer(digits):
    images = digits[0][:300]
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2) / 255
    method = made("dec")
    train(method, images, settings(4))
    before = _sureness(method, pixels)
    train(method, images, settings(12))
    assert _sureness(method, pixels) > before + 0.02


def _sureness(method, pixels):
    with torch.inference_mode():
        return float(method.assigned(method.encode(pixels)).amax(1).mean())
