"""A random projection keeps distances and is decided by the seed."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from labeller.config import TrainConfig
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.rounds.encode import decode, encode
from labeller.training import train


def projected(images, latent, seed=0):
    _, height, width, channels = images.shape
    shape = ImageShape(channels, height, width)
    method = registry.build("random-projection", {"latent": latent}, shape, 10, seed=seed)
    train(method, images, TrainConfig(device="cpu", seed=seed))
    return method


@pytest.mark.parametrize(("latent", "least"), [(64, 0.25), (512, 0.08)])
def test_distances_stay_as_johnson_and_lindenstrauss_say(digits, latent, least):
    """The ratio of distances is chi with D degrees of freedom: standard deviation 1/sqrt(2 D)."""
    images = digits[0][:300]
    before = pdist(images.reshape(300, -1) / 255)
    ratio = pdist(encode(projected(images, latent), images)) / before
    assert abs(ratio.mean() - 1) < least
    assert ratio.std() < 1.5 / np.sqrt(2 * latent)
    assert np.abs(ratio - 1).max() < np.sqrt(8 * np.log(300) / latent)


def test_the_seed_decides_it(digits):
    images = digits[0][:20]
    same, again, other = (encode(projected(images, 32, seed), images) for seed in (1, 1, 2))
    assert np.array_equal(same, again)
    assert not np.allclose(same, other)


def test_it_cannot_decode(digits):
    method = projected(digits[0], 8)
    assert decode(method, encode(method, digits[0][:3])) is None
