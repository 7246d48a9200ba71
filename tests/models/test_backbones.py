"""Backbones: sizes, layers, the stem that torchvision's AlexNet has too, Sobel by hand."""

import pytest
import torch
import torchvision

from labeller.methods import registry
from labeller.methods.base import ImageShape
from models import AlexNet, ResNet, SmallBackbone, Sobel


@pytest.mark.parametrize("size", [(8, 8), (9, 30), (64, 64)])
@pytest.mark.parametrize("kind", ["small", "alexnet", "resnet18", "resnet50"])
def test_vectors_and_layers(kind, size):
    network = {
        "small": lambda: SmallBackbone(3, 4),
        "alexnet": lambda: AlexNet(3, 4, 64),
        "resnet18": lambda: ResNet(18, 3, min(size)),
        "resnet50": lambda: ResNet(50, 3, min(size)),
    }[kind]()
    images = torch.rand(2, 3, *size)
    assert network(images).shape == (2, network.outputs)
    layers = network.layers(images)
    assert next(iter(layers)) == "conv1"
    assert all(len(features) == 2 for features in layers.values())


@pytest.mark.parametrize(("depth", "outputs"), [(18, 512), (50, 2048)])
def test_a_resnet_has_five_layers_and_so_many_features(depth, outputs):
    settings = {"network": f"resnet{depth}", "hidden": 8}
    network = registry.build("uic", settings, ImageShape(1, 32, 32), 2).backbone
    assert network.outputs == outputs
    layers = network.layers(torch.rand(2, 1, 32, 32))
    assert list(layers) == [f"conv{n}" for n in range(1, 6)]
    widths = [64, *(outputs // share for share in (8, 4, 2, 1))]
    sides = [32, 32, 16, 8, 4]
    assert [each.shape[1:] for each in layers.values()] == [
        (width, side, side) for width, side in zip(widths, sides, strict=True)
    ]


def test_the_stem_is_torchvisions_with_batch_norm_folded_in():
    network = AlexNet(3, 64, 64)
    network.train()(torch.rand(4, 3, 64, 64))  # batch norm has statistics now
    images = torch.rand(2, 3, 70, 64)
    expected = network.eval().layers(images)["conv2"]
    stem = network.stem()
    torch.testing.assert_close(stem(images), expected, rtol=1e-4, atol=1e-4)
    theirs = torchvision.models.alexnet().features[:5]
    theirs.load_state_dict(stem.state_dict())
    torch.testing.assert_close(theirs(images), expected, rtol=1e-4, atol=1e-4)


def test_alexnet_refuses_a_side_without_a_last_pixel():
    with pytest.raises(ValueError, match="at least 63, got 62"):
        AlexNet(3, 4, 62)


def test_sobel_of_a_ramp():
    ramp = torch.arange(5.0).expand(1, 2, 5, 5) * torch.tensor([0.5, 1.5])[:, None, None]
    found = Sobel()(ramp)
    assert found.shape == (1, 2, 5, 5)
    assert torch.equal(found[0, 0, :, 1:4], torch.full((5, 3), -8.0))
    assert torch.equal(found[0, 1], torch.zeros(5, 5))
