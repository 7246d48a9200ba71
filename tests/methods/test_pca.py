"""Principal components are those of scikit-learn, whatever the batches."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.rounds.encode import decode, encode
from labeller.training import train

LATENT = 16


def fitted(images, *, batch_size=256, **config):
    _, height, width, channels = images.shape
    method = registry.build("pca", config, ImageShape(channels, height, width), 10)
    train(method, images, TrainConfig(batch_size=batch_size, device="cpu"))
    return method


@pytest.mark.parametrize("batch_size", [32, 5000])
def test_it_is_the_pca_of_scikit_learn(digits, batch_size):
    images = digits[0]
    pixels = images.reshape(len(images), -1) / 255
    expected = PCA(LATENT, svd_solver="full").fit(pixels)
    method = fitted(images, latent=LATENT, batch_size=batch_size)
    np.testing.assert_allclose(method.mean, pixels.mean(0), atol=1e-5)
    # The same directions, but for their signs; neighbours of nearly the same variance may turn.
    within = np.linalg.norm(method.components.numpy() @ expected.components_.T, axis=0)
    assert within.min() > 0.99
    latents = encode(method, images, device="cpu")
    ours = ((latents @ method.components.numpy() + method.mean.numpy() - pixels) ** 2).sum()
    theirs = ((expected.inverse_transform(expected.transform(pixels)) - pixels) ** 2).sum()
    assert theirs <= ours * (1 + 1e-6)
    assert ours < 1.001 * theirs
    np.testing.assert_allclose(latents.var(0, ddof=1), expected.explained_variance_, rtol=0.01)


def test_images_are_decoded_by_the_inverse_and_clipped(digits):
    images = digits[0][:400]
    method = fitted(images, latent=64)  # as many as there are pixels: nothing is lost
    assert np.abs(decode(method, encode(method, images)).astype(int) - images).max() <= 1
    far = method.decode(1000 * torch.randn(4, 64))
    assert far.shape == (4, 1, 8, 8)
    assert (far.min(), far.max()) == (0, 1)


def test_whitened_latents_have_variance_one_and_decode_alike(digits):
    images = digits[0]
    plain, white = fitted(images, latent=LATENT), fitted(images, latent=LATENT, whiten=True)
    latents = encode(white, images)
    np.testing.assert_allclose(latents.var(0, ddof=1), 1, rtol=1e-3)
    shown = decode(white, latents[:50]).astype(int)
    assert np.abs(shown - decode(plain, encode(plain, images[:50]))).max() <= 1


def test_a_direction_without_variance_is_not_blown_up(digits):
    """The digits have pixels that are always 0: 64 components, of which three say nothing."""
    latents = encode(fitted(digits[0], latent=64, whiten=True), digits[0])
    assert np.isfinite(latents).all()
    spread = latents.std(0)
    assert spread.max() < 1.1
    assert spread[-3:].max() < 0.5


def test_more_components_than_there_can_be_are_refused(digits):
    with pytest.raises(ValueError, match="at most 64, the values of one image, got 65"):
        fitted(digits[0], latent=65)
    with pytest.raises(ValueError, match="at most 10, the number of training images, got 20"):
        fitted(digits[0][:10], latent=20)


def test_a_file_of_images_need_not_fit_into_memory(digits, tmp_path, monkeypatch):
    monkeypatch.setattr("labeller.training.batches.SHARE", 0.0)  # read from the disk
    np.save(tmp_path / "images.npy", digits[0])
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    first, second = fitted(digits[0], latent=8), fitted(mapped, latent=8)
    assert torch.equal(first.components, second.components)
