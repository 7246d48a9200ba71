"""The student's network: its pooling against torch's."""

import pytest
import torch

from models import CompactCNN, compact_cnn
from models.compact_cnn import GridPool


@pytest.mark.parametrize("size", [(7, 7), (4, 4), (3, 2), (12, 9)])
def test_the_pooling_and_its_gradient_are_those_of_torch(size):
    torch.manual_seed(0)
    maps = torch.randn(5, 6, *size, requires_grad=True)
    grid, torchs = GridPool(4)(maps), torch.nn.AdaptiveAvgPool2d(4)(maps)
    torch.testing.assert_close(grid, torchs)
    weights = torch.randn_like(grid)
    gradients = [torch.autograd.grad((one * weights).sum(), maps)[0] for one in (grid, torchs)]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("side", [8, 15, 28, 64])
def test_features_of_any_side(side):
    images = torch.rand(3, 3, side, side)
    assert CompactCNN(3, side, width=8, outputs=32)(images).shape == (3, 32)


def test_it_trains_after_it_has_predicted():
    """A worker that labels new images first must still be able to train a student."""
    compact_cnn._means.cache_clear()
    network, images = CompactCNN(1, 8, width=8, outputs=4), torch.rand(2, 1, 8, 8)
    with torch.inference_mode():
        network(images)
    network(images).sum().backward()
    assert network.training
