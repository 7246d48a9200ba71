"""Maps and parameters of the papers' autoencoder, counted by hand from the figures."""

import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import interpolate

from models.strided import Perceptron, StridedDecoder, StridedEncoder


@pytest.mark.parametrize(("side", "last", "first"), [(64, 2, 1), (80, 3, 2), (128, 6, 5)])
def test_maps_of_the_papers(side, last, first):
    encoder, decoder = StridedEncoder(3, side, 10), StridedDecoder(10, 3, side)
    images = torch.rand(2, 3, side, side)
    assert encoder.convolutions(images).shape == (2, 256, last, last)
    assert encoder(images).shape == (2, 10)
    assert decoder.map == (1024, first, first)
    assert decoder(torch.rand(2, 10)).shape == images.shape


def test_weights_of_the_papers():
    encoder, decoder = StridedEncoder(3, 64, 300), StridedDecoder(300, 3, 64)
    kernels = 16 * (3 * 32 + 32 * 64 + 64 * 128 + 128 * 256)
    norms = 2 * (32 + 64 + 128 + 256)
    assert sum(p.numel() for p in encoder.parameters()) == kernels + norms + 1024 * 300 + 300
    kernels = 25 * (1024 * 128 + 128 * 64) + 36 * (64 * 32 + 32 * 3)
    biases, norms = 128 + 64 + 32 + 3, 2 * (128 + 64 + 32)
    assert (
        sum(p.numel() for p in decoder.parameters()) == kernels + biases + norms + 300 * 1024 + 1024
    )


def test_a_pixelwise_training_soon_draws_more_than_the_mean():
    """At the papers' learning rate; without batch norm in the decoder 60 steps are too few."""
    torch.manual_seed(0)
    encoder, decoder = StridedEncoder(3, 64, 32, width=8), StridedDecoder(32, 3, 64, width=8)
    tiles = torch.from_numpy(load_digits().images[:64] / 16).float()[:, None]
    images = interpolate(tiles, (32, 32), mode="bilinear").repeat(1, 3, 2, 2)
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], 1e-3)
    for step in range(60):
        batch = images[step % 2 :: 2]
        error = (decoder(encoder(batch)).sigmoid() - batch).square().sum() / len(batch)
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
    assert error < 0.9 * (images - images.mean(0)).square().sum() / len(images)


def test_feature_coders_have_one_hidden_layer():
    coder = Perceptron((7, 5, 3))
    assert [type(layer).__name__ for layer in coder] == ["Linear", "ReLU", "Linear"]
    assert coder(torch.rand(4, 7)).shape == (4, 3)


@pytest.mark.parametrize("side", [32, 60, 72])
def test_sides_that_the_deconvolutions_do_not_reach(side):
    with pytest.raises(ValueError, match=f"64 \\+ 16n pixels, got {side}"):
        StridedEncoder(3, side, 10)
