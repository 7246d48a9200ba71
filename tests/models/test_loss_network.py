"""The positions that are left out change neither the loss nor its gradient."""

import pytest
import torch
from torch import nn

from models.loss_network import LossNetwork, first_layers


def drawn(layers):
    """The layers with random weights and biases."""
    generator = torch.Generator().manual_seed(0)
    for parameter in layers.parameters():
        scale = 0.3 if parameter.ndim == 1 else parameter[0].numel() ** -0.5
        with torch.no_grad():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
    return layers


def loss_and_gradient(features, rebuilt, target):
    leaf = rebuilt.clone().requires_grad_()
    loss = (features(leaf) - features(target)).square().sum()
    loss.backward()
    return loss.detach(), leaf.grad


@pytest.mark.parametrize("sigmoid", [False, True])
@pytest.mark.parametrize(
    ("name", "count", "height", "width", "canvas", "part"),
    [
        ("alexnet", 5, 64, 64, 224, (192, 15, 15)),  # of 27 x 27: the paper's setting
        ("alexnet", 1, 64, 64, 224, (64, 19, 19)),  # of 55 x 55
        ("alexnet", 2, 80, 64, 224, (64, 23, 19)),
        ("alexnet", 5, 31, 50, 151, None),
        ("vgg11", 6, 24, 17, 61, None),
    ],
)
def test_the_same_loss_and_gradient_as_padded(name, count, height, width, canvas, part, sigmoid):
    network = LossNetwork(drawn(first_layers(name, count)), canvas=canvas, sigmoid=sigmoid)
    rebuilt, target = torch.rand(2, 2, 3, height, width)
    short, short_gradient = loss_and_gradient(network, rebuilt, target)
    whole, whole_gradient = loss_and_gradient(network.everywhere, rebuilt, target)
    torch.testing.assert_close(short, whole)
    largest = whole_gradient.abs().max()
    torch.testing.assert_close(
        short_gradient / largest, whole_gradient / largest, atol=1e-5, rtol=0
    )
    assert network(rebuilt).shape[2] < network.everywhere(rebuilt).shape[2]
    if part:
        assert network(rebuilt).shape[1:] == part
        assert network.features(3, height, width) == part


def test_every_left_out_position_is_the_same_for_all_images():
    network = LossNetwork(drawn(first_layers("alexnet", 5)), canvas=224)
    black, noise = torch.zeros(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    differs = (network.everywhere(noise) - network.everywhere(black)).abs().amax((0, 1)) > 1e-4
    rows, columns = differs.any(1).nonzero(), differs.any(0).nonzero()
    assert (rows.min(), rows.max() + 1) == (columns.min(), columns.max() + 1) == (6, 21)
    part = network.everywhere(noise)[:, :, 6:21, 6:21]
    torch.testing.assert_close(network(noise), part, rtol=1e-4, atol=1e-5)


def test_an_image_that_fills_the_canvas_is_computed_whole():
    """There the border of the canvas, where a layer pads with zeros of its own, comes too near."""
    network = LossNetwork(drawn(first_layers("alexnet", 5)), canvas=96)
    images = torch.rand(2, 3, 90, 90)
    assert network._along(90) is None
    torch.testing.assert_close(network(images), network.everywhere(images))
    with pytest.raises(ValueError, match="at most 96 pixels a side, got 97"):
        network(torch.rand(1, 3, 97, 97))


def test_without_a_canvas_it_is_the_layers_alone():
    layers = drawn(first_layers("alexnet", 5))
    images = torch.rand(2, 3, 64, 64)
    network = LossNetwork(layers)
    torch.testing.assert_close(network(images), layers(images))
    assert network.features(3, 64, 64) == (192, 7, 7)
    assert not any(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize(
    "layer",
    [
        nn.BatchNorm2d(3),
        nn.Conv2d(4, 4, 3, groups=2),
        nn.Conv2d(3, 4, 3, dilation=2),
        nn.MaxPool2d(3, ceil_mode=True),
        nn.MaxPool2d(3, padding=1),
    ],
)
def test_other_layers_are_refused(layer):
    with pytest.raises(ValueError, match="plain convolutions, ReLUs and max poolings, got"):
        LossNetwork(nn.Sequential(layer))


def test_layers_that_do_not_exist():
    with pytest.raises(ValueError, match="one of alexnet, vgg11, vgg13, vgg16, vgg19, got lenet"):
        first_layers("lenet", 2)
    with pytest.raises(ValueError, match="layers of alexnet must be between 1 and 13, got 14"):
        first_layers("alexnet", 14)
