"""DEC and IDEC: their equations, the two phases, and that clustering sharpens the assignments."""

import numpy as np
import pytest
import torch

from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.methods.base import Batch, ImageShape
from labeller.methods.dec import sharpened
from labeller.training import train
from tests.methods.whole import started

QUICK = {"width": 4, "hidden": 32, "latent": 6, "clusters": 5}


def made(preset="idec", size=(1, 8, 8), **changes):
    config = {**registry.get("dec").presets[preset], **QUICK, **changes}
    return registry.build("dec", config, ImageShape(*size), 10)


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


def clustering(images, **changes):
    """A method with centres and P of `images`."""
    return started(made(size=images.shape[1:], **changes), images)


def move(method):
    """As after a few steps: the centres are no longer those that P came from."""
    with torch.no_grad():
        method.centres += 0.5 * torch.randn_like(method.centres)


def part(images, index=(5, 0, 19, 7)):
    """A batch of them without labels."""
    index = torch.tensor(index)
    return Batch(images[index], index, torch.full((len(index),), -1), torch.ones(len(index)))


def assignments(latents, centres):
    """Eq. 1 with numpy."""
    near = 1 / (1 + ((latents[:, None] - centres[None]) ** 2).sum(2))
    return near / near.sum(1, keepdims=True)


def numbers(*values):
    return [value.detach().numpy().astype(np.float64) for value in values]


@pytest.mark.parametrize(
    ("changes", "weight"),
    [
        ({}, 0.1 * 3 * 8 * 9),  # IDEC: g is of a mean over pixels, and ours is a sum
        ({"reconstruction": 0.25, "divergence": 0.7, "per_pixel": False}, 0.7),
        ({"likelihood": "gaussian", "sigma": 0.5, "per_pixel": False}, 0.1),
    ],
    ids=["idec", "weights", "gaussian"],
)
def test_the_loss_of_idec_by_hand(changes, weight):
    """L = r |x - decoder(z)| + g KL(P || Q), a mean over the batch; P is of all images."""
    images = torch.rand(20, 3, 8, 9)
    method, given = clustering(images, **changes), part(images)
    q = assignments(*numbers(method.encode(images), method.centres))
    raised = q**2 / q.sum(0)
    p = (raised / raised.sum(1, keepdims=True))[given.index]
    move(method)
    z = method.encode(given.images)
    latents, centres, logits, x = numbers(z, method.centres, method.decoder(z), given.images)
    divergence = (p * np.log(p / assignments(latents, centres))).sum() / 4
    assert divergence > 0.01
    shown = 1 / (1 + np.exp(-logits))
    if changes.get("likelihood") == "gaussian":
        rebuilt = ((x - shown) ** 2).sum() / (2 * 0.5**2) / 4
    else:
        rebuilt = -(x * np.log(shown) + (1 - x) * np.log(1 - shown)).sum() / 4
    terms = method.loss(given)
    assert terms["reconstruction"].item() == pytest.approx(rebuilt, rel=1e-4)
    assert terms["divergence"].item() == pytest.approx(divergence, rel=1e-4)
    expected = changes.get("reconstruction", 1) * rebuilt + weight * divergence
    assert terms["loss"].item() == pytest.approx(expected, rel=1e-4)


def test_in_dec_the_divergence_alone_moves_the_encoder():
    """r = 0, g = 1: the decoder learns to draw the latent, which does not notice."""
    images = torch.rand(20, 1, 8, 8)
    method = clustering(images, preset="dec")
    move(method)
    terms = method.loss(part(images))
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + terms["divergence"])
    moved = [*method.encoder.parameters(), method.centres]
    own = torch.autograd.grad(terms["divergence"], moved, retain_graph=True)
    decoder = torch.autograd.grad(
        terms["reconstruction"], method.decoder.parameters(), retain_graph=True
    )
    terms["loss"].backward()
    for parameter, gradient in zip(moved, own, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)
    for parameter, gradient in zip(method.decoder.parameters(), decoder, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)
        assert gradient.any()


@pytest.mark.parametrize("preset", ["dec", "idec"])
def test_the_divergence_falls_while_its_target_stays(digits, preset):
    images = torch.from_numpy(digits[0][:32]).permute(0, 3, 1, 2) / 255
    method, given = clustering(images, preset=preset), part(images, range(32))
    move(method)
    optimiser = torch.optim.Adam(method.parameters(), 0.01)
    found = []
    for _ in range(20):
        terms = method.loss(given)
        optimiser.zero_grad()
        terms["loss"].backward()
        optimiser.step()
        found.append(float(terms["divergence"].detach()))
    assert found[-1] < 0.5 * found[0]


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
