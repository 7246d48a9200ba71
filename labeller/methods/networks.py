"""The encoders and decoders that the convolutional methods choose from by name."""

from typing import Literal

from pydantic import Field
from torch import nn

from labeller.config import Settings
from labeller.methods.base import ImageShape
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


def encoder(config: NetworkConfig, shape: ImageShape, outputs: int) -> nn.Module:
    """A network from images (B,C,H,W) to (B,outputs)."""
    kind = {"paper": ShallowEncoder, "deep": DeepEncoder}[config.network]
    return kind(shape.size, outputs, width=config.width, hidden=config.hidden)


def decoder(config: NetworkConfig, shape: ImageShape) -> nn.Module:
    """A network from latents (B,latent) to image logits (B,C,H,W)."""
    kind = {"paper": ShallowDecoder, "deep": DeepDecoder}[config.network]
    return kind(shape.size, config.latent, width=config.width, hidden=config.hidden)
