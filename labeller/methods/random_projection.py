"""Random projection: an image as a few random sums of its pixels. Nothing is learnt.

    z = R x / sqrt(D),  R (D,P) with entries drawn from N(0, 1)

For any two of N images |z_i - z_j| / |x_i - x_j| is within 1 +- e of 1, with high probability, once
D is some 8 ln(N) / e^2 (Johnson and Lindenstrauss, "Extensions of Lipschitz mappings into a Hilbert
space", 1984; Dasgupta and Gupta, "An elementary proof of a theorem of Johnson and Lindenstrauss",
2003): clusters in z are nearly those in the pixels themselves. A baseline for methods that learn.

There is no decoder: the image of least norm that has the latent z, the pseudo-inverse's, holds D/P
of the energy of x and looks like noise. Cards show the most central image instead.
"""

import math
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from labeller.config import Settings
from labeller.methods.base import ImageShape, Method
from labeller.methods.registry import register


@register
class RandomProjection(Method):
    """A few random sums of the pixels, drawn once by the seed; nothing is learnt."""

    name: ClassVar[str] = "random-projection"
    title: ClassVar[str] = "Random projection"
    trainable: ClassVar[bool] = False
    can_decode: bool = False

    class Config(Settings):
        """Settings of the random projection."""

        latent: int = Field(
            64, ge=1, le=1024, description="Random sums of each image: more keep distances better."
        )

    config: Config
    projection: Tensor

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Draw the projection from torch's generator, for images of `shape`."""
        super().__init__(config, shape, classes)
        drawn = torch.randn(config.latent, math.prod(shape.size)) / math.sqrt(config.latent)
        self.register_buffer("projection", drawn)
        self.head = nn.Linear(config.latent, classes)

    def encode(self, images: Tensor) -> Tensor:
        return images.flatten(1).float() @ self.projection.T
