"""The equation of `feature-autoencoder`, where its statistics come from, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.methods.base import Batch, ImageShape
from labeller.methods.feature_autoencoder import picture_difference
from labeller.rounds.encode import encode
from labeller.training import train
from tests.methods.whole import Whole, started

NAME, LENGTH, DIMENSIONS = "feature-autoencoder", 12, 5
QUIET = {"feature_noise": 0.0, "latent_noise": 0.0}
SMALL = {"latent": DIMENSIONS, "width": 4}


def made(shape=(3, 8, 8), seed=0, **changes):
    return registry.build(NAME, {**SMALL, **changes}, ImageShape(*shape, LENGTH), 3, seed=seed)


def some_features(count=40):
    """(N,F) around means far from 0, with deviations far from 1; the last number is constant."""
    values = torch.randn(count, LENGTH) * torch.linspace(0.1, 7, LENGTH) + 20
    values[:, -1] = 3.0
    return values


def batch(count=6, shape=(3, 8, 8), **changes):
    return Batch(
        images=torch.rand(count, *shape),
        index=torch.arange(count),
        labels=torch.full((count,), -1),
        weights=torch.ones(count),
        features=some_features(count),
        **changes,
    )


def test_statistics_are_those_of_the_training_images_and_stay():
    features = some_features()
    method = started(made(), features)
    torch.testing.assert_close(method.mean, features.mean(0))
    torch.testing.assert_close(method.deviation, features.std(0, correction=0))
    weights = method.encoder.weight.clone()
    method.start_epoch(0, 1, Whole(2 * features))  # a retraining, perhaps on other images
    torch.testing.assert_close(method.mean, features.mean(0))
    torch.testing.assert_close(method.encoder.weight, weights)


def test_the_latent_starts_as_whitened_principal_directions():
    features = some_features(2000)
    method = started(made(), features)
    standard = (features - features.mean(0)) / features.std(0, correction=0).clamp(min=1e-6)
    standard = standard / standard.norm(dim=1, keepdim=True) * LENGTH**0.5
    raw = method.encoder(standard).detach()
    covariance = torch.cov(raw.T)
    torch.testing.assert_close(covariance, torch.eye(DIMENSIONS), rtol=0, atol=0.05)
    torch.testing.assert_close(raw.mean(0), torch.zeros(DIMENSIONS), rtol=0, atol=1e-3)


def test_latents_lie_on_a_sphere_and_so_does_what_is_drawn():
    features = some_features()
    method = started(made(), features).eval()
    z = method.encode(features)
    torch.testing.assert_close(z.norm(dim=1), torch.full((40,), DIMENSIONS**0.5))
    pale = z[:20].mean(0, keepdim=True)
    assert pale.norm() < 0.7 * DIMENSIONS**0.5
    torch.testing.assert_close(method.decode(pale), method.decode(3 * pale))


def test_the_loss_is_the_equation():
    method = started(made(**QUIET), some_features()).eval()
    given = batch()
    terms = method.loss(given)
    z = method.encode(given.features)
    pixels = 3 * 8 * 8
    drawn = picture_difference(method.decode(z), given.images)
    standard = method._standardised(given.features)
    told = (method.features(z) - standard).square().mean()
    torch.testing.assert_close(terms["pixels"], pixels * drawn)
    torch.testing.assert_close(terms["features"], pixels * told)
    torch.testing.assert_close(terms["loss"], pixels * (drawn + 0.1 * told))


def test_a_difference_of_pictures_by_hand():
    """A step of height 1 in the middle of 8 x 8 pixels: its columns 4 to 7 are wrong."""
    images = torch.zeros(1, 1, 8, 8)
    drawn = images.clone()
    drawn[..., 4:] = 1
    # Half of the pixels, two of the four squares, and one of the seven differences across.
    assert picture_difference(drawn, images) == pytest.approx(1 / 2 + 1 / 2 + 1 / 7)


def test_noise_is_drawn_in_training_alone():
    method = started(made(), some_features()).train()
    first, second = (method.encode(some_features()[:3] * 0 + 19) for _ in range(2))
    assert torch.equal(first, second)
    given = batch()
    losses = [float(method.loss(given)["loss"].detach()) for _ in range(2)]
    assert losses[0] != losses[1]


def test_as_a_vae_it_pays_for_information():
    method = started(made(variational=True), some_features())
    given = batch()
    torch.manual_seed(1)
    free = method.loss(given)
    paid = made(variational=True, beta=1.0)
    paid.load_state_dict(method.state_dict())
    torch.manual_seed(1)
    terms = paid.loss(given)
    assert terms["kl"] > 0
    torch.testing.assert_close(terms["loss"] - free["loss"], 0.99 * terms["kl"], rtol=1e-3, atol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_loss_network_compares_pictures_where_it_is_asked(channels):
    shape = (channels, 32, 32)
    method = started(made(shape, perceptual=0.5, loss_layers=2), some_features())
    given = batch(shape=shape)
    terms = method.loss(given)
    plain = terms["pixels"] + 0.1 * terms["features"]
    torch.testing.assert_close(terms["loss"], plain + 0.5 * terms["perceptual"])
    terms["loss"].backward()
    assert all(each.grad is None for each in method.loss_network.parameters())
    same = replace(given, images=method.eval().decode(method.encode(given.features)).detach())
    quiet = made(shape, perceptual=0.5, loss_layers=2, **QUIET)
    quiet.load_state_dict(method.state_dict())
    assert quiet.eval().loss(same)["perceptual"] < 1e-4


def test_a_loss_network_that_sees_nothing_in_so_small_images_is_refused():
    with pytest.raises(ValueError, match=r"loss_layers .* images of 8 x 8 pixels"):
        made(perceptual=1.0)
    made(perceptual=1.0, loss_layers=2)


def test_a_mean_of_features_is_drawn_like_the_images_it_stands_for():
    """Two kinds of pictures, dark left and dark right: the mean of a kind looks like the kind."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 200)
    images = np.full((200, 8, 8, 1), 220, np.uint8)
    images[kind == 0, :, :4] = 30
    images[kind == 1, :, 4:] = 30
    features = rng.normal(0, 1, (200, LENGTH)).astype(np.float16)
    features[:, 0] += 6 * kind
    method = made((1, 8, 8))
    config = TrainConfig(epochs=20, batch_size=32, learning_rate=6e-3, device="cpu")
    train(method, images, config, features=features)
    z = encode(method, features, device="cpu")
    means = torch.from_numpy(np.stack([z[kind == each].mean(0) for each in (0, 1)]))
    left, right = method.decode(means)[:, 0].detach().split(4, dim=2)
    assert left[0].mean() < 0.3 < 0.7 < right[0].mean()
    assert right[1].mean() < 0.3 < 0.7 < left[1].mean()
