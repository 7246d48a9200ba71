"""The symmetric denoising autoencoder: Table 1, its shortcuts, its crops."""

from types import SimpleNamespace

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from labeller.methods import registry
from labeller.methods.base import Batch, ImageShape
from models import SymmetricDecoder, SymmetricEncoder

CONVOLUTIONS = nn.Conv2d | nn.ConvTranspose2d


def made(size=(3, 32, 32), **changes):
    return registry.build("symmetric-dae", {"width": 4, **changes}, ImageShape(*size), 10)


def given(images):
    none = torch.full((len(images),), -1)
    return Batch(images, torch.arange(len(images)), none, torch.ones(len(images)))


@pytest.mark.parametrize(
    ("preset", "layers", "channels", "side"),
    [("cifar", 15, 256, 4), ("stl", 15, 512, 6), ("vgg", 13, 512, 3)],
)
def test_the_networks_of_table_1(preset, layers, channels, side):
    changes = registry.get("symmetric-dae").presets[preset]
    config = registry.get("symmetric-dae").Config(**changes)
    with torch.device("meta"):
        encoder = SymmetricEncoder(3, config.blocks, config.width)
        last = encoder.maps(torch.empty(2, 3, 96, 96) if side != 4 else torch.empty(2, 3, 29, 29))
    assert len(last) == layers
    assert last[-1].shape == (2, channels, side, side)


def test_the_papers_presets_mirror_as_its_section_3_4_does():
    presets = registry.get("symmetric-dae").presets
    mirrored = {name: bool(changes.get("flip")) for name, changes in presets.items()}
    assert mirrored == {"small": False, "cifar": True, "stl": True, "vgg": True}


def test_every_convolution_starts_with_weights_of_the_papers_spread():
    """Section 3.4: "random Gaussian numbers with 0 mean and standard deviation 0.01"."""
    method = made(width=32)
    layers = [each for each in method.modules() if isinstance(each, CONVOLUTIONS)]
    assert len(layers) == 2 * 6
    for layer in layers:
        assert layer.weight.std().item() == pytest.approx(0.01, rel=0.1)
        assert abs(layer.weight.mean().item()) < 0.001


@pytest.mark.parametrize("size", [(32, 32), (29, 29), (9, 14)])
def test_the_decoder_mirrors_the_encoder(size):
    encoder = SymmetricEncoder(1, (2, 3, 1), 4)
    decoder = SymmetricDecoder(encoder, 1, "full")
    images = torch.rand(2, 1, *size)
    assert decoder(images, encoder.maps(images)).shape == images.shape
    there = [layer[0].weight.shape for layer in encoder.layers]
    assert [layer.weight.shape for layer in decoder.deconvolutions] == there


def test_shortcuts_carry_the_image_and_every_second_map():
    encoder = SymmetricEncoder(1, (2, 2), 4)
    images = torch.rand(2, 1, 8, 8)
    maps = encoder.eval().maps(images)
    for shortcuts, ends, middle in (("none", 0, 0), ("ends", 1, 0), ("full", 1, 1)):
        decoder = SymmetricDecoder(encoder, 1, shortcuts).eval()
        for layer in decoder.deconvolutions:
            nn.init.zeros_(layer.weight)
        nn.init.zeros_(decoder.deconvolutions[0].bias)
        assert torch.equal(decoder(images, maps), images * ends)
        nn.init.ones_(decoder.deconvolutions[0].weight)
        changed = decoder(images, maps) - images * ends
        # Between the second and the first deconvolution there is nothing but the shortcut of the
        # map after the second convolution, which reaches the image through two layers.
        nn.init.ones_(decoder.deconvolutions[1].weight)
        assert (changed == 0).all()
        assert ((decoder(images, maps) - images * ends).abs().sum() > 0) == bool(middle)


def test_crops_of_29_pixels_are_windows_of_the_image():
    method = made(margin=3)
    images = torch.arange(32.0 * 32).view(1, 1, 32, 32).expand(5, 3, -1, -1) / 1024
    crops = method.augmented(images)
    assert crops.shape == (5, 3, 29, 29)
    for crop, image in zip(crops, images, strict=True):
        corner = round(float(crop[0, 0, 0]) * 1024)
        top, left = divmod(corner, 32)
        assert torch.equal(crop, image[:, top : top + 29, left : left + 29])
    assert method.encode(images).shape == (5, 16)
    small = made((1, 8, 8), margin=7)
    assert small.augmented(torch.rand(2, 1, 8, 8)).shape == (2, 1, 7, 7)


def test_the_loss_is_the_squared_error_of_the_repaired_image():
    method = made((1, 8, 8), corruption="big-block").eval()
    images = torch.rand(4, 1, 8, 8)
    torch.manual_seed(3)
    corrupted = method.corrupt(images)
    rebuilt = method._run(corrupted)[0]
    expected = (rebuilt - (2 * images - 1)).square().sum() / 4
    torch.manual_seed(3)
    torch.testing.assert_close(method.loss(given(images))["loss"], expected)
    shown = method.rebuild(corrupted)
    assert shown.min() >= 0
    assert shown.max() <= 1


def test_a_network_without_layers_is_refused():
    with pytest.raises(ValidationError, match="one of m1 to m5 must be at least 1"):
        made(m1=0, m2=0, m3=0)


def test_a_saved_method_covers_as_many_small_blocks_as_in_its_training():
    method = made(corruption="small-blocks")
    method.start_epoch(0, 1, SimpleNamespace(count=100_000))
    again, old = (made(corruption="small-blocks") for _ in range(2))
    state = method.state_dict()
    again.load_state_dict(state)
    old.load_state_dict({name: value for name, value in state.items() if "extra" not in name})
    grey = [covered(one) for one in (method, again, old)]
    assert grey[0] == grey[1] > grey[2]  # 35 blocks, and 21 of a method saved without the number


def covered(method):
    images = torch.zeros(8, 3, 32, 32)
    return float(method.corrupt(images, torch.Generator().manual_seed(0)).mean())
