"""Backbones: sizes, layers, the stem that torchvision's AlexNet has too, Sobel by hand."""

import pytest
import torch
import torchvision

from models import AlexNet, ResNet, SmallBackbone, Sobel


@pytest.mark.parametrize("size", [(8, 8), (9, 30), (64, 64)])
@pytest.mark.parametrize("kind", ["small", "alexnet", "resnet"])
def test_vectors_and_layers(kind, size):
    network = {
        "small": lambda: SmallBackbone(3, 4),
        "alexnet": lambda: AlexNet(3, 4, 64),
        "resnet": lambda: ResNet(18, 3, min(size)),
    }[kind]()
    images = torch.rand(2, 3, *size)
    assert network(images).shape == (2, network.outputs)
    layers = network.layers(images)
    assert next(iter(layers)) == "conv1"
    assert all(len(features) == 2 for features in layers.values())


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
