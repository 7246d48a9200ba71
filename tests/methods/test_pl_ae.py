"""The variants differ in what is put in, what is compared, and how."""

import pytest
import torch

from labeller.methods import registry
from labeller.methods.base import Batch, ImageShape
from labeller.methods.transforms.augmentation_lists import policy
from labeller.methods.transforms.augmentations import augment


def built(preset, **changes):
    config = registry.get("pl-ae").presets[preset] | {"width": 4, "latent": 8, **changes}
    return registry.build("pl-ae", config, ImageShape(3, 32, 32), 2)


@pytest.mark.parametrize("preset", ["b-ae", "p-ae", "sda-ae", "pl-ae"])
def test_the_loss_is_that_of_the_paper(preset):
    """Written out with the padded features: Eqs. 2, 3, 4 and 7."""
    method = built(preset, augmentations="cutout, noise")
    images = torch.rand(3, 3, 32, 32)
    torch.manual_seed(7)
    changed = augment(images, policy("cutout, noise"))
    seen = changed if preset in ("sda-ae", "pl-ae") else images
    target = changed if preset == "sda-ae" else images
    seen, target = seen.repeat(1, 1, 2, 2), target.repeat(1, 1, 2, 2)
    rebuilt = method.decoder(method.encoder(seen)).sigmoid()
    if preset == "b-ae":
        expected = (rebuilt - target).square().sum() / 3
    else:
        method.features.fill()
        whole = method.features.everywhere
        expected = (whole(rebuilt) - whole(target)).square().sum() / 3
    nothing = torch.full((3,), -1)
    torch.manual_seed(7)
    terms = method.loss(Batch(images, nothing, nothing, torch.ones(3)))
    torch.testing.assert_close(terms["loss"], expected, rtol=1e-4, atol=1e-4)


def test_the_pixel_loss_has_no_loss_network():
    assert not [name for name in built("b-ae").state_dict() if name.startswith("features")]


def test_augmentations_follow_the_images_unless_named():
    from labeller.methods.transforms.augmentation_lists import POLICIES, entries

    assert entries("auto", ImageShape(1, 8, 8)) == POLICIES["mnist"]
    assert entries("auto", ImageShape(3, 8, 8)) == POLICIES["cifar10"]
    assert entries("svhn", ImageShape(1, 8, 8)) == POLICIES["svhn"]
    with pytest.raises(ValueError, match="augmentations must be one of"):
        built("pl-ae", augmentations="blur")


def test_a_latent_is_not_augmented():
    method = built("pl-ae").eval()
    images = torch.rand(3, 3, 32, 32)
    assert torch.equal(method.encode(images), method.encode(images))
