"""Random views of images: the transformations t1 and t2 of methods that learn to ignore them.

Weak: a randomly resized crop and a horizontal flip, as in "Unsupervised Image Classification for
Deep Representation Learning" section 4.2. Strong: colour jitter, grey and blur on top, as in its
section 5.1, which gives no strengths: the jitter has half of SimCLR's strength, as SimCLR's own
for CIFAR-10; the blur is scaled to the side and all but nothing on images of 32 pixels, for which
SimCLR leaves it out. In grey images contrast multiplies and brightness adds. Drawn for each image
from torch's generator, on the device of the images, in float32 whatever the surrounding precision
is.
"""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

STRENGTHS = ("none", "weak", "strong")
RATIO = (3 / 4, 4 / 3)  # of a crop's sides
JITTER = (0.4, 0.4, 0.4, 0.1)  # brightness, contrast, saturation, hue
BLUR = (0.1, 2.0)  # standard deviation in pixels of a 224-pixel image
SIDE = 8  # pixels: smaller views show nothing


def view(
    images: Tensor,
    strength: str,
    *,
    smallest: float = 0.3,
    flip: bool = True,
    scale: float = 1.0,
) -> Tensor:
    """Images (B,C,H,W) in [0,1], each transformed in its own way; same range, sides times `scale`.

    `strength` is none (nothing but `scale`), weak or strong; `smallest` in (0,1] is the least share
    of the area that a crop keeps; `flip` mirrors half of the images; no side gets less than SIDE
    pixels by `scale`. Raises ValueError for another strength.
    """
    if strength not in STRENGTHS:
        raise ValueError(f"strength must be one of {', '.join(STRENGTHS)}, got {strength}")
    height, width = (max(min(side, SIDE), round(side * scale)) for side in images.shape[2:])
    size = (height, width)
    if strength == "none":
        return images if images.shape[2:] == size else _shrunk(images, size)
    change = _pipeline(strength, size, images.shape[1] == 3, smallest, flip)
    with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
        changed: Tensor = change(images.float()).clamp(0, 1)
        return changed


def _shrunk(images: Tensor, size: tuple[int, int]) -> Tensor:
    with torch.autocast(images.device.type, enabled=False):
        return interpolate(images.float(), size, mode="bilinear", antialias=True)


@cache
def _pipeline(
    strength: str, size: tuple[int, int], colour: bool, smallest: float, flip: bool
) -> nn.Module:
    import kornia.augmentation as K

    steps: list[nn.Module] = [
        K.RandomResizedCrop(size, (smallest, 1.0), RATIO, cropping_mode="resample")
    ]
    if flip:
        steps.append(K.RandomHorizontalFlip(p=0.5))
    if strength == "strong":
        brightness, contrast, saturation, hue = JITTER
        if colour:
            steps.append(K.ColorJitter(brightness, contrast, saturation, hue, p=0.8))
            steps.append(K.RandomGrayscale(p=0.2))
        else:  # grey images have no saturation and no hue
            steps += [
                K.RandomBrightness((1 - brightness, 1 + brightness), p=0.8),
                K.RandomContrast((1 - contrast, 1 + contrast), p=0.8),
            ]
        kernel = max(3, min(size) // 10 // 2 * 2 + 1)  # SimCLR: a tenth of the side, odd
        widest = max(BLUR[0] * 2, BLUR[1] * min(size) / 224)
        steps.append(K.RandomGaussianBlur((kernel, kernel), (BLUR[0], widest), p=0.5))
    return nn.Sequential(*steps)
