"""Which augmentations there are, by name, and the lists from which one entry is drawn: no torch.

The names are those of the transformations of appendix A of "Pseudo Labelling", the lists its
Table 9. `augment.py` applies them.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from pydantic import Field, field_validator

from labeller.config import Settings

if TYPE_CHECKING:
    from labeller.methods.base import ImageShape

AUTO = "auto"  # the list that suits the images, as a setting
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


class AugmentConfig(Settings):
    """Which augmentations are drawn from."""

    augmentations: str = Field(
        AUTO,
        description="auto (mnist for grey images, cifar10 for colour), mnist, cifar10, svhn, or a "
        "list such as rotation+cutout, noise: one entry is drawn for each image.",
    )

    @field_validator("augmentations")
    @classmethod
    def _known(cls, text: str) -> str:
        if text != AUTO:
            policy(text)
        return text


def entries(text: str, shape: "ImageShape") -> Policy:
    """The list called `text`; of "auto" that which suits images of `shape`."""
    if text == AUTO:
        text = "mnist" if shape.channels == 1 else "cifar10"
    return policy(text)
