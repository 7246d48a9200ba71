"""Augmentations of whole batches on the device, each image with draws of its own (kornia).

The transformations and their strengths are those of appendix A of "Pseudo Labelling"; the lists
from which one entry is drawn for each image are its Table 9. All random numbers come from torch's
generators, so that a seeded epoch is repeatable and every batch of every epoch is drawn anew.

Sizes in the paper are pixels of 32x32 images (crop 20, cutout 10); here they are those shares of
the side, and a crop is enlarged to the side again. The paper gives no strength for the Gaussian
noise; ours has a standard deviation of 0.1 of the [0,1] range. Two transformations of one image
are applied in the order of `TRANSFORMS`, which is that in which Table 9 names them.
"""

from collections.abc import Sequence
from functools import cache
from itertools import combinations

import kornia.augmentation as K
import torch
from torch import Tensor, nn

CROP, CUTOUT = 20 / 32, 10 / 32  # of the side
NOISE = 0.1  # standard deviation, of the [0,1] range

TRANSFORMS = (
    "rotation",
    "affine",
    "crop",
    "horizontal-flip",
    "vertical-flip",
    "cutout",
    "noise",
    "grey",
    "jitter",
)
Policy = tuple[tuple[str, ...], ...]


def singles_and_pairs(transforms: Sequence[str]) -> Policy:
    """Each transformation alone, and each two of them: the cells of Figs. 11-13."""
    return tuple((name,) for name in transforms) + tuple(combinations(transforms, 2))


POLICIES: dict[str, Policy] = {
    # Section 5.5: on MNIST all that Table 1 lists are good, alone and in pairs.
    "mnist": singles_and_pairs(("rotation", "affine", "crop", "cutout", "noise")),
    "cifar10": (
        ("affine",),
        ("cutout",),
        ("horizontal-flip",),
        ("rotation", "affine"),
        ("rotation", "cutout"),
        ("rotation", "horizontal-flip"),
        ("rotation", "vertical-flip"),
        ("affine", "cutout"),
        ("affine", "horizontal-flip"),
        ("cutout", "jitter"),
    ),
    "svhn": (
        ("cutout",),
        ("grey",),
        ("jitter",),
        ("rotation",),
        ("rotation", "grey"),
        ("cutout", "noise"),
        ("cutout", "grey"),
        ("cutout", "jitter"),
        ("noise", "jitter"),
        ("grey", "jitter"),
    ),
}


def policy(text: str) -> Policy:
    """A list by name, or one written out: entries parted by commas, two of a pair by a plus.

    `policy("rotation+cutout, noise")` is `(("rotation", "cutout"), ("noise",))`. Raises ValueError
    for a word that is neither.
    """
    if text in POLICIES:
        return POLICIES[text]
    entries = [tuple(part.strip() for part in entry.split("+")) for entry in text.split(",")]
    for name in (name for entry in entries for name in entry):
        if name not in TRANSFORMS:
            raise ValueError(
                f"augmentations must be one of {', '.join(POLICIES)}, or made of "
                f"{', '.join(TRANSFORMS)} with + and commas, got {name or 'nothing'}"
            )
    return tuple(tuple(sorted(set(entry), key=TRANSFORMS.index)) for entry in entries)


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
    if name == "rotation":
        return K.RandomRotation(45.0, p=1.0)
    if name == "affine":
        return K.RandomAffine(45.0, scale=(0.5, 1.5), p=1.0)
    if name == "crop":
        area = CROP**2
        return K.RandomResizedCrop((side, side), scale=(area, area), ratio=(1.0, 1.0), p=1.0)
    if name == "horizontal-flip":
        return K.RandomHorizontalFlip(p=1.0)
    if name == "vertical-flip":
        return K.RandomVerticalFlip(p=1.0)
    if name == "cutout":
        area = CUTOUT**2
        return K.RandomErasing(scale=(area, area), ratio=(1.0, 1.0), p=1.0)
    if name == "noise":
        return K.RandomGaussianNoise(std=NOISE, p=1.0)
    if name == "grey":
        return K.RandomGrayscale(p=1.0)
    return K.ColorJitter(0.8, 0.8, 0.8, 0.2, p=1.0)
