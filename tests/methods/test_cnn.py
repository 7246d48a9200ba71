"""The supervised reference: an MLP on the encoder of pl-ae, weighted labels, augmented images."""

import numpy as np
import pytest
import torch

from labeller.methods import cnn, registry
from labeller.methods.base import Batch, ImageShape

SIZES = {"width": 4, "latent": 8}


def made(size=(1, 8, 8), **changes):
    return registry.build("cnn", {**SIZES, **changes}, ImageShape(*size), 3)


def batch(labels, weights, gamma=1.0, size=(1, 8, 8)):
    images = torch.rand(len(labels), *size)
    index = torch.arange(len(labels))
    return Batch(images, index, torch.tensor(labels), torch.tensor(weights), gamma)


@pytest.mark.parametrize("size", [(1, 8, 8), (3, 16, 16)], ids=str)
def test_the_encoder_is_that_of_pl_ae(size):
    method, other = made(size).eval(), registry.build("pl-ae", SIZES, ImageShape(*size), 3).eval()
    method.encoder.load_state_dict(other.encoder.state_dict())
    images = torch.rand(5, *size)
    torch.testing.assert_close(method.encode(images), other.encode(images))


def test_the_classes_are_read_by_an_mlp_with_one_hidden_layer():
    method = made().eval()
    images = torch.rand(5, 1, 8, 8)
    z = method.encode(images).detach().numpy()
    assert z.shape == (5, 8)
    state = {key: value.numpy() for key, value in method.state_dict().items()}
    inner, outer = state["hidden.1.weight"], state["head.weight"]
    assert inner.shape == (8, 8)
    hidden = np.maximum(np.maximum(z, 0) @ inner.T + state["hidden.1.bias"], 0)
    expected = hidden @ outer.T + state["head.bias"]
    np.testing.assert_allclose(method.classify(images).detach(), expected, rtol=1e-5, atol=1e-6)
    assert (z < 0).any()
    assert (hidden == 0).any()


@pytest.mark.parametrize("gamma", [1.0, 7.0])
def test_the_loss_is_the_weighted_cross_entropy_of_the_labels(gamma):
    """The mean over all images of a batch; those without a label add nothing, whatever they are."""
    method = made(augment=False).eval()
    given = batch([2, -1, 0, 1, -1], [0.5, 1.0, 1.0, 0.1, 0.7], gamma)
    logits = method.classify(given.images).detach().numpy().astype(np.float64)
    log = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    expected = -(0.5 * log[0, 2] + 1.0 * log[2, 0] + 0.1 * log[3, 1]) / 5
    terms = method.loss(given)
    assert terms["classification"].item() == pytest.approx(expected, rel=1e-5)
    assert terms["loss"].item() == pytest.approx(gamma * expected, rel=1e-5)
    images = given.images.clone()
    images[given.labels < 0] = torch.rand(2, 1, 8, 8)
    other = Batch(images, given.index, given.labels, given.weights, gamma)
    assert method.loss(other)["loss"] == terms["loss"]


@pytest.mark.parametrize(("labels", "gamma"), [([-1, -1, -1], 5.0), ([0, 1, 2], 0.0)])
def test_without_labels_or_gamma_there_is_nothing_to_learn(labels, gamma):
    method = made()
    loss = method.loss(batch(labels, [1.0, 1.0, 1.0], gamma))["loss"]
    assert loss == 0
    loss.backward()
    gradients = [value.grad for value in method.parameters() if value.grad is not None]
    assert gradients
    assert not any(gradient.any() for gradient in gradients)


def test_it_learns_from_augmented_images():
    """A flip is the same for every image: the loss is that of the flipped images."""
    flipping = made(augmentations="vertical-flip")
    plain = made(augmentations="vertical-flip", augment=False)
    plain.load_state_dict(flipping.state_dict())
    given = batch([0, 1, 2, 1], [1.0, 1.0, 1.0, 1.0])
    flipped = Batch(given.images.flip(2), given.index, given.labels, given.weights, 1.0)
    loss = flipping.loss(given)["loss"]
    torch.testing.assert_close(loss, plain.loss(flipped)["loss"])
    assert (loss - plain.loss(given)["loss"]).abs() > 1e-4


@pytest.mark.parametrize("training", [True, False])
def test_latents_and_classes_are_those_of_the_images_themselves(monkeypatch, training):
    method = made((3, 16, 16)).train(training)
    calls, augment = [], cnn.augment

    def watched(images, entries):
        calls.append(entries)
        return augment(images, entries)

    monkeypatch.setattr(cnn, "augment", watched)
    given = batch([0, 1, 2, 1], [1.0, 1.0, 1.0, 1.0], size=(3, 16, 16))
    assert torch.equal(method.encode(given.images), method.encode(given.images))
    assert torch.equal(method.classify(given.images), method.classify(given.images))
    assert not calls
    first, second = method.loss(given)["loss"], method.loss(given)["loss"]
    assert first != second
    assert len(calls) == 2
