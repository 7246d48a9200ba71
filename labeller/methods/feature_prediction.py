"""Six ways to train an encoder with a loss network, two of which rebuild no image.

"Pretraining Image Encoders without Reconstruction via Feature Prediction Loss". With an image X,
the features p(X) of a loss network, an encoder and a decoder:

    E = sum_k (X_k - decoder(z)_k)^2                    pixel-wise, PW                (1)
    E = sum_k (p(X)_k - p(decoder(z))_k)^2              perceptual similarity, PS     (2)
    E = sum_k (p(X)_k - decoder(z)_k)^2                 feature prediction, FP        (3)

The presets are named encoder-decoder-loss: i encodes the image and f its features, i decodes an
image and f the features. Feature coders have one hidden layer of 2048; p is AlexNet up to its
second ReLU with a sigmoid behind it, on the image as it is (no padding). The loss is the mean
over a batch, plus gamma times the classification term of the loop.

With `variational`, z is drawn from N(m, exp v), encoder(x) = (m, v), and beta KL(N(m, exp v) ||
N(0, I)) is added; the latent is m. The paper leaves f open; ours is the squared error. Its "final
model is from the epoch with the lowest validation loss": train with `validation` 0.2.

Differences: the loss network's weights are by default the stem of this project and not
ImageNet's, and pixels come to either in [0,1]; what FP predicts goes through a sigmoid as its
targets do; the image decoder has batch norm; small images are shown in a 2x2 grid, see
`tiling.py`. The features of images are computed once where they fit: epochs after the first are
faster than the paper's, which computes them in every step.
"""

from typing import Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from labeller.methods import losses
from labeller.methods.base import Batch, ImageShape
from labeller.methods.loss_networks import (
    FilledLossNetwork,
    LossNetworkConfig,
    squared_difference,
)
from labeller.methods.registry import register
from labeller.methods.targets import PerceptualMethod, TargetFeatures
from labeller.methods.tiling import CHANNELS, Tiling
from models.strided import Perceptron, StridedDecoder, StridedEncoder


@register
class FeaturePrediction(PerceptualMethod):
    """Learns to tell the features of an image from a few numbers; fast, since it draws nothing."""

    name: ClassVar[str] = "feature-prediction"
    title: ClassVar[str] = "Feature prediction"
    channels_last: ClassVar[bool] = True  # a step on a CPU takes a tenth less
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "i-i-pw": {"loss": "pw"},
        "i-i-ps": {"loss": "ps"},
        "f-i-pw": {"encodes": "features", "loss": "pw"},
        "f-i-ps": {"encodes": "features", "loss": "ps"},
        "i-f-fp": {},
        "f-f-fp": {"encodes": "features"},
    }
    quick: ClassVar[dict[str, Any]] = {"width": 4, "hidden": 32, "loss_layers": 2}

    class Config(LossNetworkConfig):
        """Settings of the six procedures."""

        latent: int = Field(64, ge=1, le=4096, description="Dimensions of the latent space.")
        encodes: Literal["image", "features"] = Field(
            "image",
            description="What the encoder reads: the image, or the loss network's features.",
        )
        loss: Literal["fp", "ps", "pw"] = Field(
            "fp", description="Predict features (fp), compare features (ps) or pixels (pw)."
        )
        width: int = Field(32, ge=1, le=512, description="Channels of the first convolution.")
        hidden: int = Field(2048, ge=1, le=8192, description="Hidden units of the feature coders.")
        sigmoid: bool = Field(True, description="Squash the features to 0-1.")
        variational: bool = Field(False, description="Draw the latent from a Gaussian, as a VAE.")
        beta: float = Field(
            1.0, ge=0, le=1000, description="Weight of the KL term, if variational."
        )

    config: Config

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Build networks for images of `shape`; raises ValueError unless it has 1 or 3 channels."""
        super().__init__(config, shape, classes)
        self.tiling = Tiling(shape)
        side, latent, hidden = self.tiling.side, config.latent, config.hidden
        self.can_decode = self.decodes(config)
        self.head = nn.Linear(latent, classes)
        self.features: nn.Module = nn.Identity()
        units = 0
        if (config.encodes, config.loss) != ("image", "pw"):
            self.features = FilledLossNetwork(config, sigmoid=config.sigmoid)
            maps, height, breadth = self.features.features(CHANNELS, side, side)
            units = maps * height * breadth
        self.targets = TargetFeatures(self.features)
        outputs = 2 * latent if config.variational else latent
        self.encoder: nn.Module = (
            StridedEncoder(CHANNELS, side, outputs, config.width)
            if config.encodes == "image"
            else Perceptron((units, hidden, outputs))
        )
        self.decoder: nn.Module = (
            Perceptron((latent, hidden, units))
            if config.loss == "fp"
            else StridedDecoder(latent, CHANNELS, side, config.width)
        )

    @classmethod
    def decodes(cls, config: Config) -> bool:
        """Not where features are predicted: there is nothing that makes images of them."""
        return config.loss != "fp"

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Eq. 1, 2 or 3, and the classification term with `batch.gamma` > 0."""
        images, config = self.tiling.grid(batch.images), self.config
        wanted = self.targets(images, batch.index if self.training else None)
        mean, log_variance = self._posterior(self._read(images, wanted))
        z = mean
        if log_variance is not None:
            z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        if config.loss == "fp":
            rebuilt = self.decoder(z)
            rebuilt = rebuilt.sigmoid() if config.sigmoid else rebuilt
            difference = squared_difference(rebuilt, wanted.flatten(1))
        else:
            rebuilt = self.decoder(z).sigmoid()
            difference = (
                squared_difference(rebuilt, images)
                if config.loss == "pw"
                else squared_difference(self.features(rebuilt), wanted)
            )
        terms = {"loss": difference, "reconstruction": difference}
        if log_variance is not None:
            divergence = losses.kl_to_standard_normal(mean, log_variance)
            terms |= {"loss": difference + config.beta * divergence, "kl": divergence}
        return self.with_classification(terms, mean, batch)

    def encode(self, images: Tensor) -> Tensor:
        images = self.tiling.grid(images)
        if self.config.encodes == "image":  # the loss network has no part in it
            return self._posterior(images)[0]
        return self._posterior(self._read(images, self.targets(images, None)))[0]

    def decode(self, z: Tensor) -> Tensor | None:
        if not self.can_decode:
            return None
        return self.tiling.back(self.decoder(z).float().sigmoid())

    def _read(self, images: Tensor, features: Tensor) -> Tensor:
        """What the encoder reads."""
        return images if self.config.encodes == "image" else features.flatten(1)

    def _posterior(self, read: Tensor) -> tuple[Tensor, Tensor | None]:
        """Mean (B,D), and log-variance (B,D) where there is one, in float32."""
        values = self.encoder(read).float()
        if not self.config.variational:
            return values, None
        mean, log_variance = values.chunk(2, dim=1)
        return mean, log_variance
