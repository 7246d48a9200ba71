"""Images go to the networks and come back."""

import pytest
import torch

from labeller.methods.base import ImageShape
from labeller.methods.tiling import Tiling


@pytest.mark.parametrize(
    ("height", "width", "copies", "side"),
    [
        (8, 8, 2, 64),
        (28, 28, 2, 64),
        (32, 32, 2, 64),
        (33, 33, 1, 64),
        (64, 64, 1, 64),
        (65, 65, 1, 80),
        (96, 96, 1, 96),
        (8, 128, 1, 128),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_sizes(height, width, copies, side, channels):
    tiling = Tiling(ImageShape(channels, height, width))
    images = torch.rand(2, channels, height, width)
    grids = tiling.grid(images)
    assert (tiling.copies, tiling.side) == (copies, side)
    assert grids.shape == (2, 3, side, side)
    back = tiling.back(grids)
    assert back.shape == images.shape
    assert back.min() >= 0
    assert back.max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_there_and_back_is_the_same_where_nothing_is_resized(channels):
    tiling = Tiling(ImageShape(channels, 32, 32))
    images = torch.rand(2, channels, 32, 32)
    grids = tiling.grid(images)
    assert torch.equal(grids[:, :, :32, :32], grids[:, :, 32:, 32:])
    assert torch.equal(grids[:, :channels, 32:, :32], images)
    torch.testing.assert_close(tiling.back(grids), images)


def test_the_copies_are_averaged():
    grids = torch.zeros(1, 3, 64, 64)
    grids[:, :, :32, :32] = 1
    torch.testing.assert_close(
        Tiling(ImageShape(3, 32, 32)).back(grids), torch.full((1, 3, 32, 32), 0.25)
    )


def test_two_channels_are_no_image():
    with pytest.raises(ValueError, match="1 or 3 channels for this method, got 2"):
        Tiling(ImageShape(2, 8, 8))
