"""Autoencoders that learn from augmented images and compare images by their features.

"Pseudo Labelling" (PL-AE; Algorithms 1 and 2). With an image x, an augmentation t drawn anew each
time, an encoder, a decoder and a loss network p:

    z = encoder(v),  x' = decoder(z),  L = sum_k (f(x')_k - f(target)_k)^2            (3, 7)

    preset   v (input)  target  f
    b-ae     x          x       the pixels                                            (2)
    p-ae     x          x       p, AlexNet up to its second ReLU                      (3)
    sda-ae   t(x)       t(x)    p                                                     (4)
    pl-ae    t(x)       x       p                                                     (5-7)

The loss is the mean over a batch, plus gamma times the classification term of the loop. The
paper's network, 2x2 grid and zero padding to 224x224 are in `models/strided.py`, `tiling.py` and
`models/loss_network.py`.

Differences: augmentations act on one tile of the grid and all tiles are equal; the loss network's
weights are by default the stem of this project and not ImageNet's, and whichever they are, pixels
come to it in [0,1]; the decoder has batch norm too; only positions where two padded images can
differ are computed, and the features of clean images once where they fit, neither of which changes
the loss or its gradient.
"""

from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from labeller.methods.base import Batch, ImageShape
from labeller.methods.loss_networks import (
    FilledLossNetwork,
    LossNetworkConfig,
    squared_difference,
)
from labeller.methods.registry import register
from labeller.methods.targets import PerceptualMethod, TargetFeatures
from labeller.methods.tiling import CHANNELS, Tiling
from labeller.methods.transforms.augmentation_lists import AugmentConfig, entries
from labeller.methods.transforms.augmentations import augment
from models.strided import StridedDecoder, StridedEncoder

CANVAS = 224  # pixels; AlexNet's input


@register
class PseudoLabelAutoencoder(PerceptualMethod):
    """Rebuilds the clean image from an augmented one, judged by features and not by pixels."""

    name: ClassVar[str] = "pl-ae"
    title: ClassVar[str] = "Pseudo-labelling autoencoder"
    channels_last: ClassVar[bool] = True  # a step on a CPU takes a tenth less
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "b-ae": {"loss": "pixels", "augmented": "nothing"},
        "p-ae": {"augmented": "nothing"},
        "sda-ae": {"augmented": "both"},
        "pl-ae": {},
    }
    quick: ClassVar[dict[str, Any]] = {"width": 4, "latent": 32, "loss_layers": 2}

    class Config(LossNetworkConfig, AugmentConfig):
        """Settings of the pseudo-labelling autoencoder and of those it is compared with."""

        latent: int = Field(300, ge=1, le=4096, description="Dimensions of the latent space.")
        width: int = Field(32, ge=1, le=512, description="Channels of the first convolution.")
        loss: Literal["perceptual", "pixels"] = Field(
            "perceptual", description="Compare the loss network's features, or the pixels."
        )
        augmented: Literal["input", "both", "nothing"] = Field(
            "input", description="What is augmented: the input, the input and the target, nothing."
        )

    config: Config

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Build networks for images of `shape`; raises ValueError unless it has 1 or 3 channels."""
        super().__init__(config, shape, classes)
        self.tiling = Tiling(shape)
        side = self.tiling.side
        self.encoder = StridedEncoder(CHANNELS, side, config.latent, config.width)
        self.decoder = StridedDecoder(config.latent, CHANNELS, side, config.width)
        self.head = nn.Linear(config.latent, classes)
        perceptual = config.loss == "perceptual"
        self.features = FilledLossNetwork(config, canvas=CANVAS) if perceptual else nn.Identity()
        self.targets = TargetFeatures(self.features)
        self.fixed_targets = config.augmented != "both"

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Eq. 2, 3 or 7, and the classification term with `batch.gamma` > 0."""
        clean, augmented = self.tiling.single(batch.images), self.config.augmented
        seen = clean
        if augmented != "nothing":
            seen = augment(clean, entries(self.config.augmentations, self.shape))
        seen = self.tiling.repeated(seen)
        target = seen if augmented != "input" else self.tiling.repeated(clean)
        z = self.encoder(seen)
        rebuilt = torch.sigmoid(self.decoder(z))
        wanted = self.targets(target, batch.index if self.training else None)
        difference = squared_difference(self.features(rebuilt), wanted)
        terms = {"loss": difference, "reconstruction": difference}
        return self.with_classification(terms, z, batch)

    def view(self, images: Tensor) -> Tensor | None:
        """Augmented images (B,C,H,W), at the images' own size; None without augmentation."""
        if self.config.augmented == "nothing":
            return None
        tiles = augment(self.tiling.single(images), entries(self.config.augmentations, self.shape))
        seen = nn.functional.interpolate(tiles, images.shape[-2:], mode="area")
        return seen.mean(1, keepdim=True) if self.shape.channels == 1 else seen

    def encode(self, images: Tensor) -> Tensor:
        latents: Tensor = self.encoder(self.tiling.grid(images)).float()
        return latents

    def decode(self, z: Tensor) -> Tensor:
        return self.tiling.back(torch.sigmoid(self.decoder(z).float()))
