"""Augmentations: each image has a draw of its own, of the strengths of appendix A."""

import pytest
import torch

from labeller.methods.transforms.augmentation_lists import (
    POLICIES,
    TRANSFORMS,
    policy,
    singles_and_pairs,
)
from labeller.methods.transforms.augmentations import augment

# Table 9 of "Pseudo Labelling", column by column, and our names of its transformations.
TABLE_9 = {
    "cifar10": """
        Affine transformation
        Cutout
        Horizontal flip
        Random rotation + Affine transformation
        Random rotation + Cutout
        Random rotation + Horizontal flip
        Random rotation + Vertical flip
        Affine transformation + Cutout
        Affine transformation + Horizontal flip
        Cutout + Colour jitter
        """,
    "svhn": """
        Cutout
        Gray scale
        Colour jitter
        Random rotation
        Random rotation + Gray scale
        Cutout + Gaussian noise
        Cutout + Gray scale
        Cutout + Colour jitter
        Gaussian noise + Colour jitter
        Gray scale + Colour jitter
        """,
}
NAMES = {
    "Random rotation": "rotation",
    "Affine transformation": "affine",
    "Cutout": "cutout",
    "Gaussian noise": "noise",
    "Colour jitter": "jitter",
    "Gray scale": "grey",
    "Horizontal flip": "horizontal-flip",
    "Vertical flip": "vertical-flip",
}


@pytest.fixture(autouse=True)
def seeded():
    """The same random numbers in every test."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.mark.parametrize("name", TRANSFORMS)
def test_each_transformation_keeps_shape_and_range(name):
    images = torch.rand(6, 3, 32, 32)
    before = images.clone()
    changed = augment(images, ((name,),))
    assert changed.shape == images.shape
    assert changed.min() >= 0
    assert changed.max() <= 1
    assert torch.equal(images, before)
    assert all(not torch.equal(a, b) for a, b in zip(images, changed, strict=True))


@pytest.mark.parametrize("name", ["rotation", "affine", "crop", "cutout", "noise", "jitter"])
def test_equal_images_get_draws_of_their_own(name):
    images = torch.rand(1, 3, 32, 32).expand(4, -1, -1, -1)
    changed = augment(images, ((name,),))
    assert all(not torch.equal(changed[0], other) for other in changed[1:])


@pytest.mark.parametrize("entries", POLICIES.values(), ids=POLICIES)
def test_a_seed_repeats_a_batch_and_the_next_batch_is_new(entries):
    images = torch.rand(20, 3, 32, 32)
    torch.manual_seed(3)
    first, second = augment(images, entries), augment(images, entries)
    torch.manual_seed(3)
    assert torch.equal(first, augment(images, entries))
    assert not torch.equal(first, second)


def test_cutout_hides_ten_pixels_of_thirty_two():
    changed = augment(torch.ones(8, 1, 32, 32), (("cutout",),))
    assert changed.eq(0).sum((1, 2, 3)).tolist() == [100] * 8


def test_a_crop_is_twenty_pixels_of_thirty_two_enlarged():
    ramp = torch.linspace(0, 1, 32).expand(8, 1, 32, 32)
    slopes = augment(ramp, (("crop",),)).diff(dim=3)[:, :, :, 2:-2].mean((1, 2, 3))
    torch.testing.assert_close(slopes, torch.full((8,), 20 / 32 / 31), rtol=0.05, atol=0)


def test_flips_and_grey_scale():
    images = torch.rand(3, 3, 8, 8)
    assert torch.equal(augment(images, (("horizontal-flip",),)), images.flip(3))
    assert torch.equal(augment(images, (("vertical-flip",),)), images.flip(2))
    grey = augment(images, (("grey",),))
    torch.testing.assert_close(grey[:, 0], grey[:, 2])


def test_noise_has_the_strength_that_is_documented():
    changed = augment(torch.full((4, 3, 32, 32), 0.5), (("noise",),))
    assert changed.std().item() == pytest.approx(0.1, rel=0.05)


def turned(name, count=400):
    """Angles (degrees) and scales that `count` draws gave to a ramp, read off its middle."""
    ramp = torch.linspace(0, 1, 32).expand(count, 1, 32, 32)
    middle = augment(ramp, ((name,),))[:, 0, 13:19, 13:19]
    across, down = middle.diff(dim=2).mean((1, 2)) * 31, middle.diff(dim=1).mean((1, 2)) * 31
    return torch.rad2deg(torch.atan2(down, across)), 1 / torch.hypot(across, down)


@pytest.mark.parametrize("name", ["rotation", "affine"])
def test_an_image_turns_by_up_to_45_degrees_either_way(name):
    angles, _ = turned(name)
    assert -45.5 < angles.min() < -43
    assert 43 < angles.max() < 45.5


def test_only_the_affine_transformation_scales_and_by_half_to_one_and_a_half():
    _, scales = turned("affine")
    assert 0.49 < scales.min() < 0.52
    assert 1.48 < scales.max() < 1.51
    _, scales = turned("rotation")
    torch.testing.assert_close(scales, torch.ones_like(scales), rtol=0.02, atol=0)


def test_jitter_changes_colours_as_far_as_appendix_a_says():
    """The order of the four changes is random too, and none of these measures depends on it."""
    pale, chroma = 0.02, 0.04  # half a difference of greys; that of a red pixel's channels
    image = torch.full((3, 16, 16), 0.4)
    image[:, :8] += pale
    image[:, 8:] -= pale
    image[:, 0, 0] = 0.4 + chroma * torch.tensor([1, 0, 0])
    changed = augment(image.expand(400, -1, -1, -1), (("jitter",),))
    bright, dark = changed[:, 0, 4, 4], changed[:, 0, 12, 4]
    red, green, blue = changed[:, :, 0, 0].unbind(1)
    spread = changed[:, :, 0, 0].amax(1) - changed[:, :, 0, 0].amin(1)
    brightness = (bright + dark) / 0.8
    contrast = (bright - dark) / (2 * pale) / brightness
    saturation = spread / chroma / brightness / contrast
    for factor in (brightness, contrast, saturation):
        assert 0.19 < factor.min() < 0.23
        assert 1.77 < factor.max() < 1.81
    hue = torch.atan2(3**0.5 * (green - blue), 2 * red - green - blue) / (2 * torch.pi)
    assert -0.205 < hue.min() < -0.19
    assert 0.19 < hue.max() < 0.205


def test_a_pair_applies_both():
    changed = augment(torch.ones(4, 1, 32, 32), (("cutout", "noise"),))
    assert (changed < 0.5).sum((1, 2, 3)).tolist() == [100] * 4
    assert 0 < changed.eq(1).float().mean() < 0.9


def test_entries_are_drawn_evenly():
    images = torch.arange(4.0).div(4).view(1, 1, 2, 2).expand(2000, -1, -1, -1)
    changed = augment(images, (("horizontal-flip",), ("vertical-flip",)))
    flipped = (changed == images.flip(3)).flatten(1).all(1).float().mean()
    assert flipped.item() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", TABLE_9)
def test_the_ten_entries_of_table_9(name):
    entries = [line.strip().split(" + ") for line in TABLE_9[name].strip().splitlines()]
    assert len(POLICIES[name]) == len(entries) == 10
    for entry, words in zip(POLICIES[name], entries, strict=True):
        assert entry == tuple(NAMES[word] for word in words)


def test_mnist_has_what_table_1_lists_alone_and_in_pairs():
    single = {"rotation", "affine", "crop", "cutout", "noise"}
    pairs = {frozenset((a, b)) for a in single for b in single if a != b}
    assert len(POLICIES["mnist"]) == 5 + 10
    assert {frozenset(entry) for entry in POLICIES["mnist"]} == {
        *(frozenset((name,)) for name in single),
        *pairs,
    }


def test_entries_are_in_the_order_of_application():
    for entries in POLICIES.values():
        for entry in entries:
            assert list(entry) == sorted(entry, key=TRANSFORMS.index)
    assert singles_and_pairs(("crop", "cutout")) == (("crop",), ("cutout",), ("crop", "cutout"))


def test_policies_as_text():
    assert policy("svhn") == POLICIES["svhn"]
    assert policy("cutout+rotation, noise") == (("rotation", "cutout"), ("noise",))
    for text in ("blur", "", "cutout+", "mnist,cifar10"):
        with pytest.raises(ValueError, match="augmentations must be one of mnist, cifar10, svhn"):
            policy(text)
