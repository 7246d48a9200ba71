"""Corruptions: the paper's levels, sizes and counts."""

import pytest
import torch

from labeller.methods.transforms.corruptions import (
    CORRUPTIONS,
    blocks_for,
    missing_blocks,
    patch_noise,
    pixel_noise,
)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_shape_and_generator(name):
    images = torch.rand(4, 3, 17, 12)
    found = CORRUPTIONS[name](images, generator(1))
    assert found.shape == images.shape
    assert not torch.equal(found, images)
    assert torch.equal(found, CORRUPTIONS[name](images, generator(1)))
    assert not torch.equal(found, CORRUPTIONS[name](images, generator(2)))


def test_noise_levels_are_uniform_in_10_to_50():
    grey = torch.full((400, 1, 32, 32), 0.5)
    levels = (pixel_noise(grey, generator()) - grey).flatten(1).std(1) * 255
    assert 9 < levels.min() < 12
    assert 48 < levels.max() < 53
    assert levels.mean() == pytest.approx(30, abs=2)


def test_a_patch_shares_its_noise():
    noise = patch_noise(torch.zeros(1, 1, 32, 32), generator(), patches=8)[0, 0]
    assert (noise.view(8, 4, 8, 4) == noise.view(8, 4, 8, 4)[:, :1, :, :1]).all()
    assert len(noise.unique()) == 64


def test_a_big_block_has_a_side_from_a_quarter_to_a_half():
    missing = CORRUPTIONS["big-block"](torch.zeros(300, 2, 32, 40), generator()) == 0.5
    assert torch.equal(missing[:, 0], missing[:, 1])
    heights = missing[:, 0].any(2).sum(1)
    widths = missing[:, 0].any(1).sum(1)
    assert torch.equal(heights, widths)  # a square, inside of the image
    assert (heights.min(), heights.max()) == (8, 16)
    assert torch.equal(missing[:, 0].sum((1, 2)), heights * widths)


def test_small_blocks_are_21_or_35_of_an_eighth():
    assert (blocks_for(99_999), blocks_for(100_000)) == (21, 35)
    images = torch.zeros(200, 1, 64, 64)
    few, many = (
        (CORRUPTIONS["small-blocks"](images, generator(), count) == 0.5).float().mean()
        for count in (50_000, 200_000)
    )
    # 21 squares of 8x8 that may overlap, away from the border more often than at it.
    assert few == pytest.approx(1 - (1 - 1 / 64) ** 21, abs=0.03)
    assert many > few + 0.08
    one = missing_blocks(images, 1, (8, 8), generator()) == 0.5
    assert (one.sum((1, 2, 3)) == 64).all()
