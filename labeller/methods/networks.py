"""The convolutional autoencoder that several methods train, its networks chosen by name."""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from labeller.config import Settings
from labeller.methods import losses
from labeller.methods.base import ImageShape, Method
from models import DeepDecoder, DeepEncoder, ShallowDecoder, ShallowEncoder


class NetworkConfig(Settings):
    """Sizes of a convolutional autoencoder, and how it judges a reconstruction."""

    latent: int = Field(20, ge=1, le=1024, description="Dimensions of the latent space.")
    network: Literal["paper", "deep"] = Field(
        "paper",
        description="paper: one convolution and two dense layers; deep: a stage for each halving.",
    )
    width: int = Field(32, ge=1, le=512, description="Channels of the first convolution.")
    hidden: int = Field(256, ge=1, le=8192, description="Units of the dense layer.")
    likelihood: Literal["bernoulli", "gaussian"] = Field(
        "bernoulli",
        description="Reconstruction loss: cross-entropy (ink on paper) or squared error (colour).",
    )
    sigma: float = Field(
        0.1, gt=0, le=10, description="Gaussian likelihood: error that counts as small, in [0,1]."
    )


class ConvolutionalAutoencoder(Method):
    """Encoder (B,C,H,W) to (B,outputs), by default the latent, and decoder (B,D) to logits."""

    config: NetworkConfig

    def __init__(
        self, config: NetworkConfig, shape: ImageShape, classes: int, outputs: int | None = None
    ) -> None:
        super().__init__(config, shape, classes)
        encoder = {"paper": ShallowEncoder, "deep": DeepEncoder}[config.network]
        decoder = {"paper": ShallowDecoder, "deep": DeepDecoder}[config.network]
        sizes = {"width": config.width, "hidden": config.hidden}
        self.encoder = encoder(shape.size, outputs or config.latent, **sizes)
        self.decoder = decoder(shape.size, config.latent, **sizes)
        self._build()
        self.head = nn.Linear(config.latent, classes)

    def _build(self) -> None:
        """What a method has besides; made before the head, in the order of the random numbers."""

    def reconstruction(self, z: Tensor, images: Tensor) -> Tensor:
        """The first term of Eq. 1 for images (B,C,H,W) drawn from latents (B,D); a scalar."""
        config = self.config
        return losses.reconstruction(config.likelihood, self.decoder(z), images, config.sigma)

    def encode(self, images: Tensor) -> Tensor:
        latents: Tensor = self.encoder(images).float()
        return latents

    def decode(self, z: Tensor) -> Tensor:
        return torch.sigmoid(self.decoder(z).float())
