"""Corruptions of images, as pure functions: the four of "Unsupervised Feature Learning With
Symmetrically Connected Convolutional Denoising Auto-encoders" (section 3.3, supplement A).

Images are (B,C,H,W) in [0,1]; each image is corrupted in its own way, drawn from `generator` on
the device of the images (None: torch's own). The paper's noise levels are of pixels in 0..255;
its images are 0-centred, so that a missing pixel is mid-grey here. Noise may leave [0,1].
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

SIGMA = (10 / 255, 50 / 255)  # standard deviation of the noise, uniform in this range
MISSING = 0.5  # what 0 of a 0-centred image is
PATCHES = 8  # regions along a side that share their noise; the paper gives no size
MANY_IMAGES = 100_000  # from here on the small blocks are 35, below 21


def pixel_noise(
    images: Tensor,
    generator: torch.Generator | None = None,
    sigma: tuple[float, float] = SIGMA,
) -> Tensor:
    """x + s e, with e ~ N(0, 1) for each value and s uniform in `sigma` for each image."""
    noise = torch.randn(images.shape, generator=generator, device=images.device)
    return images + _levels(images, sigma, generator) * noise


def patch_noise(
    images: Tensor,
    generator: torch.Generator | None = None,
    sigma: tuple[float, float] = SIGMA,
    patches: int = PATCHES,
) -> Tensor:
    """As `pixel_noise`, with one e for all pixels of a region; `patches` regions along a side."""
    size = (images.shape[2], images.shape[3])
    grid = (min(patches, size[0]), min(patches, size[1]))
    shape = (*images.shape[:2], *grid)
    noise = torch.randn(shape, generator=generator, device=images.device)
    return images + _levels(images, sigma, generator) * F.interpolate(noise, size, mode="nearest")


def big_block(images: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """One missing square whose side is uniform in [l/4, l/2], l the smaller side of the image."""
    side = min(images.shape[2:])
    return missing_blocks(images, 1, (side / 4, side / 2), generator)


def small_blocks(
    images: Tensor, generator: torch.Generator | None = None, dataset_size: int = 0
) -> Tensor:
    """Missing squares of side l/8: 21 below 100,000 training images, 35 otherwise."""
    side = min(images.shape[2:]) / 8
    return missing_blocks(images, blocks_for(dataset_size), (side, side), generator)


def blocks_for(dataset_size: int) -> int:
    """Small blocks of an image for a number of training images (supplement A)."""
    return 21 if dataset_size < MANY_IMAGES else 35


def missing_blocks(
    images: Tensor,
    count: int,
    sides: tuple[float, float],
    generator: torch.Generator | None = None,
) -> Tensor:
    """`count` squares per image, sides uniform in `sides` pixels (rounded, at least 1), are grey.

    A square lies inside of the image; squares may overlap.
    """
    height, breadth = images.shape[2:]
    draws = torch.rand(3, len(images), count, generator=generator, device=images.device)
    side = (sides[0] + (sides[1] - sides[0]) * draws[0]).round().clamp(1, min(height, breadth))
    top = (draws[1] * (height - side + 1)).floor()
    left = (draws[2] * (breadth - side + 1)).floor()
    rows = _between(top, side, height)
    columns = _between(left, side, breadth)
    # (B,count,H,1) and (B,count,1,W): a pixel is missing where any square has its row and column.
    missing = (rows[..., :, None] & columns[..., None, :]).any(1, keepdim=True)
    return images.masked_fill(missing, MISSING)


CORRUPTIONS: dict[str, Callable[..., Tensor]] = {
    "pixel": pixel_noise,
    "patch": patch_noise,
    "big-block": big_block,
    "small-blocks": small_blocks,
}


def _levels(
    images: Tensor, sigma: tuple[float, float], generator: torch.Generator | None
) -> Tensor:
    share = torch.rand(len(images), 1, 1, 1, generator=generator, device=images.device)
    return sigma[0] + (sigma[1] - sigma[0]) * share


def _between(start: Tensor, length: Tensor, size: int) -> Tensor:
    place = torch.arange(size, device=start.device)
    return (place >= start[..., None]) & (place < (start + length)[..., None])
