"""Networks take any side from 8 to 128, odd and unequal ones too."""

import pytest
import torch

from models import DeepDecoder, DeepEncoder, ShallowDecoder, ShallowEncoder
from models.deep import stage_sizes, stage_widths
from models.shallow import Deconvolution

SIZES = [(1, 8, 8), (3, 9, 9), (1, 28, 28), (3, 13, 40), (3, 8, 128), (2, 127, 11), (1, 128, 128)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", [ShallowEncoder, DeepEncoder])
def test_encoders(kind, size):
    assert kind(size, 5, width=2, hidden=7)(torch.rand(2, *size)).shape == (2, 5)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", [ShallowDecoder, DeepDecoder])
def test_decoders(kind, size):
    assert kind(size, 5, width=2, hidden=7)(torch.rand(2, 5)).shape == (2, *size)


@pytest.mark.parametrize(
    ("kind", "layers"), [(ShallowEncoder, ["Conv2d"]), (ShallowDecoder, ["Deconvolution"])]
)
def test_the_papers_layers(kind, layers):
    """Section 3.2: one convolution and two dense layers; two dense layers and a deconvolution."""
    found = [type(module).__name__ for module in kind((1, 28, 28), 20).modules()]
    assert found.count("Linear") == 2
    assert [name for name in found if "onv" in name] == layers


def test_every_pixel_reaches_the_code():
    """No row or column is lost where a side is odd."""
    for kind in (ShallowEncoder, DeepEncoder):
        images = torch.rand(3, 1, 9, 11, requires_grad=True)
        kind((1, 9, 11), 4, width=8, hidden=16)(images).square().sum().backward()
        assert (images.grad.abs().sum(dim=(0, 1)) > 0).all()


def test_stages():
    assert stage_sizes(32, 32) == [(32, 32), (16, 16), (8, 8), (4, 4)]
    assert stage_sizes(9, 128)[-1] == (3, 4)
    assert stage_widths(32, 6) == [32, 64, 128, 256, 256, 256]


@pytest.mark.parametrize("size", [(4, 4), (5, 3)])
def test_the_deconvolution_is_torchs(size):
    ours = Deconvolution(6, 1, 4, stride=2, padding=1)
    theirs = torch.nn.ConvTranspose2d(6, 1, 4, stride=2, padding=1)
    theirs.load_state_dict(ours.state_dict())
    values = torch.randn(2, 6, *size)
    given = [values.clone().requires_grad_() for _ in range(2)]
    shown = [layer(features) for layer, features in zip((ours, theirs), given, strict=True)]
    torch.testing.assert_close(*shown)
    for image in shown:
        image.square().sum().backward()
    torch.testing.assert_close(given[0].grad, given[1].grad)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad)
