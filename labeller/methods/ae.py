"""Plain autoencoder: the VAE of `vae.py` without noise and without a prior.

    L = -sum_ij (x ln x' + (1-x) ln(1-x')) - gamma sum_k w_n y_nk ln softmax(head(z))_k

with z = encoder(x), x' = sigmoid(decoder(z)): Eq. 1 with beta = 0 and a deterministic z, plus the
classification term of Eq. 4 of "Semi-supervised Learning using Variational Autoencoder". The
loss is the mean over a batch.
"""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from labeller.methods import losses
from labeller.methods.base import Batch, ImageShape, Method
from labeller.methods.networks import NetworkConfig, decoder, encoder
from labeller.methods.registry import register


@register
class Autoencoder(Method):
    """Rebuilds each image from a few numbers; sharper than a VAE, its latent is less smooth."""

    name: ClassVar[str] = "ae"
    title: ClassVar[str] = "Autoencoder"
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "plain": {},
        "deep": {"network": "deep", "likelihood": "gaussian", "latent": 64},
    }

    class Config(NetworkConfig):
        """Settings of the autoencoder."""

    config: Config

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Build encoder, decoder and head for images of `shape`."""
        super().__init__(config, shape, classes)
        self.encoder = encoder(config, shape, config.latent)
        self.decoder = decoder(config, shape)
        self.head = nn.Linear(config.latent, classes)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Reconstruction, and the classification term with `batch.gamma` > 0."""
        z = self.encode(batch.images)
        rebuilt = losses.reconstruction(
            self.config.likelihood, self.decoder(z), batch.images, self.config.sigma
        )
        return self.with_classification({"loss": rebuilt, "reconstruction": rebuilt}, z, batch)

    def encode(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) to latents (B,D)."""
        return self.encoder(images).float()

    def decode(self, z: Tensor) -> Tensor:
        """Latents (B,D) to images (B,C,H,W) in [0,1]."""
        return torch.sigmoid(self.decoder(z).float())
