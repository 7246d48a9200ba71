"""The setting that names the augmentations of a method."""

from pydantic import Field, field_validator

from labeller.config import Settings
from labeller.methods.base import ImageShape
from labeller.methods.transforms.augmentation_lists import AUTO, Policy, policy


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


def entries(text: str, shape: ImageShape) -> Policy:
    """The list called `text`; of "auto" that which suits images of `shape`."""
    if text == AUTO:
        text = "mnist" if shape.channels == 1 else "cifar10"
    return policy(text)
