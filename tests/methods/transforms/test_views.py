"""Random views: same size and range, each image its own, from torch's generator."""

import pytest
import torch

from labeller.methods.transforms.views import view


@pytest.mark.parametrize("strength", ["weak", "strong"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_view_has_the_size_and_range_of_the_image(strength, channels):
    images = torch.rand(6, channels, 12, 10)
    torch.manual_seed(1)
    first = view(images, strength)
    assert first.shape == images.shape
    assert first.min() >= 0
    assert first.max() <= 1
    assert not torch.equal(first, view(images, strength))
    torch.manual_seed(1)
    assert torch.equal(first, view(images, strength))


@pytest.mark.parametrize("strength", ["weak", "strong"])
def test_a_smaller_view_shows_the_whole_range_of_crops_in_fewer_pixels(strength):
    images = torch.rand(6, 3, 20, 32)
    assert view(images, strength, scale=0.625).shape == (6, 3, 12, 20)
    assert view(images, strength, scale=0.01).shape == (6, 3, 8, 8)  # fewer would show nothing
    assert view(images[:, :, :6, :6], strength, scale=0.5).shape == (6, 3, 6, 6)
    assert view(images, "none", scale=0.5).shape == (6, 3, 10, 16)
    slope = torch.linspace(0, 1, 32).expand(4, 1, 32, 32)
    small = view(slope, "weak", smallest=1.0, flip=False, scale=0.5)
    steps = small.diff(dim=3)[:, :, :, 2:-2].mean((1, 2, 3))
    assert (steps > 1.5 / 31).all()  # the same slope in half as many steps
    assert (steps < 2.5 / 31).all()


def test_equal_images_get_different_views():
    images = torch.rand(1, 1, 12, 12).expand(4, -1, -1, -1)
    seen = view(images, "weak")
    assert not torch.allclose(seen[0], seen[1])


def test_a_whole_crop_without_flip_is_nearly_the_image():
    images = torch.rand(3, 1, 8, 8)
    torch.testing.assert_close(view(images, "none"), images)
    with pytest.raises(ValueError, match="one of none, weak, strong, got wild"):
        view(images, "wild")


@pytest.mark.parametrize("colour", [(0.7, 0.5, 0.3), (0.5,)])
def test_strong_views_change_the_colour_of_most_images_and_weak_views_of_none(colour):
    torch.manual_seed(0)
    images = torch.tensor(colour)[:, None, None].expand(300, -1, 12, 12)
    torch.testing.assert_close(view(images, "weak"), images)
    seen = view(images, "strong")
    torch.testing.assert_close(seen, seen[:, :, :1, :1].expand_as(seen))  # of one colour still
    changed = ((seen - images).abs().amax((1, 2, 3)) > 0.01).float().mean().item()
    assert changed == pytest.approx(1 - 0.2 * 0.8 if len(colour) == 3 else 1 - 0.2**2, abs=0.05)
    if len(colour) == 3:
        grey = (seen.amax(1) - seen.amin(1) < 1e-3).all((1, 2)).float().mean().item()
        assert grey == pytest.approx(0.2, abs=0.06)


def test_strong_views_have_half_of_simclrs_brightness():
    torch.manual_seed(0)
    levels = view(torch.full((300, 3, 12, 12), 0.5), "strong")[:, 0, 5, 5] / 0.5
    assert 0.59 < levels.min() < 0.62
    assert 1.38 < levels.max() < 1.41


def test_about_half_of_the_strong_views_are_blurred_and_no_weak_one():
    torch.manual_seed(0)
    edge = (torch.arange(224) < 112).float().expand(60, 1, 4, 224).repeat(1, 1, 56, 1)
    blurred = {}
    for strength in ("weak", "strong"):
        seen = view(edge, strength, smallest=1.0)
        steepest = seen.diff(dim=3).abs().amax((1, 2, 3))
        height = seen.amax((1, 2, 3)) - seen.amin((1, 2, 3))
        blurred[strength] = (steepest < 0.9 * height).float().mean().item()
    assert blurred["weak"] == 0
    assert blurred["strong"] == pytest.approx(0.4, abs=0.15)  # a tenth is blurred too little
