"""The VAE's loss is Eq. 1 and Eq. 4, put together from its own parts."""

import pytest
import torch

from labeller.methods import losses, registry
from labeller.methods.base import Batch, ImageShape


def test_the_loss_is_eq_1_plus_gamma_times_eq_4():
    method = registry.build("vae", {"beta": 3.0, "hidden": 16}, ImageShape(1, 8, 8), 4)
    images = torch.rand(5, 1, 8, 8)
    labels, weights = torch.tensor([0, -1, 3, 1, -1]), torch.rand(5)
    mean, log_variance = method.posterior(images)
    torch.manual_seed(1)
    noise = torch.randn_like(mean)
    logits = method.decoder(mean + noise * (log_variance / 2).exp())
    reconstruction = losses.bernoulli(logits, images)
    kl = losses.kl_to_standard_normal(mean, log_variance)
    cross = losses.weighted_cross_entropy(method.head(mean), labels, weights)
    torch.manual_seed(1)
    terms = method.loss(Batch(images, torch.arange(5), labels, weights, gamma=7.0))
    torch.testing.assert_close(terms["loss"], reconstruction + 3 * kl + 7 * cross)
    assert terms["reconstruction"] == reconstruction
    assert terms["kl"] == kl
    assert terms["classification"] == cross


def test_the_centre_of_a_cluster_is_the_posterior_mean():
    method = registry.build("vae", {}, ImageShape(3, 16, 16), 2)
    images = torch.rand(2, 3, 16, 16)
    assert torch.equal(method.encode(images), method.posterior(images)[0])
    assert method.encode(images).shape == (2, 20)


def test_the_autoencoder_has_no_noise():
    method = registry.build("ae", {"hidden": 16}, ImageShape(1, 8, 8), 4)
    given = Batch(torch.rand(5, 1, 8, 8), torch.arange(5), torch.full((5,), -1), torch.ones(5), 0.0)
    terms = method.loss(given)
    assert terms["loss"] == method.loss(given)["loss"]
    expected = losses.bernoulli(method.decoder(method.encode(given.images)), given.images)
    assert terms["loss"].item() == pytest.approx(expected.item())
