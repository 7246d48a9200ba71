"""Augmentations of whole batches on the device, each image with draws of its own (kornia).

The transformations and their strengths are those of appendix A of "Pseudo Labelling". All random
numbers come from torch's generators, so that a seeded epoch is repeatable and every batch of every
epoch is drawn anew.

Sizes in the paper are pixels of 32x32 images (crop 20, cutout 10); here they are those shares of
the side, and a crop is enlarged to the side again. The paper gives no strength for the Gaussian
noise; ours has a standard deviation of 0.1 of the [0,1] range. Two transformations of one image
are applied in the order of `policies.TRANSFORMS`, which is that in which Table 9 names them.
"""

from functools import cache

import kornia.augmentation as K
import torch
from torch import Tensor, nn

from labeller.methods.transforms.augmentation_lists import TRANSFORMS, Policy

CROP, CUTOUT = 20 / 32, 10 / 32  # of the side
NOISE = 0.1  # standard deviation, of the [0,1] range


def augment(images: Tensor, entries: Policy) -> Tensor:
    """Images (B,C,H,W) in [0,1] after one entry of the policy each, drawn evenly; same shape.

    Grey scale and colour jitter need three channels; kornia raises for others.
    """
    drawn = torch.randint(len(entries), (len(images),))
    changed = images.float().clone()
    with torch.autocast(images.device.type, enabled=False), torch.no_grad():
        for name in TRANSFORMS:
            using = torch.tensor([name in entry for entry in entries])
            if not using.any():
                continue
            mine = using[drawn].nonzero().flatten().to(images.device)
            if len(mine):
                changed[mine] = _transform(name, images.shape[-1])(changed[mine])
    return changed.clamp_(0, 1)


@cache
def _transform(name: str, side: int) -> nn.Module:
    """kornia's transformation, which draws for every image of a batch; `side` in pixels."""
    transform: nn.Module
    if name == "rotation":
        transform = K.RandomRotation(45.0, p=1.0)
    elif name == "affine":
        transform = K.RandomAffine(45.0, scale=(0.5, 1.5), p=1.0)
    elif name == "crop":
        area = CROP**2
        transform = K.RandomResizedCrop((side, side), scale=(area, area), ratio=(1.0, 1.0), p=1.0)
    elif name == "horizontal-flip":
        transform = K.RandomHorizontalFlip(p=1.0)
    elif name == "vertical-flip":
        transform = K.RandomVerticalFlip(p=1.0)
    elif name == "cutout":
        area = CUTOUT**2
        transform = K.RandomErasing(scale=(area, area), ratio=(1.0, 1.0), p=1.0)
    elif name == "noise":
        transform = K.RandomGaussianNoise(std=NOISE, p=1.0)
    elif name == "grey":
        transform = K.RandomGrayscale(p=1.0)
    else:
        transform = K.ColorJitter(0.8, 0.8, 0.8, 0.2, p=1.0)
    return transform
