"""Variational autoencoder with a softmax head: the method of the paper.

"Semi-supervised Learning using Variational Autoencoder - A Cluster based Approach" (Vengalil and
Sinha), sections 3.2 and 3.3. For image n with posterior N(m, diag(exp v)) = encoder(x):

    L_VAE = -sum_ij (x ln x' + (1-x) ln(1-x')) + beta KL(N(m, exp v) || N(0, I))      (1)
    L     = L_VAE - gamma sum_k w_n y_nk ln softmax(head(m))_k                        (4)

x' = sigmoid(decoder(z)), z = m + exp(v/2) e, e ~ N(0, I). The loss is the mean over a batch.

Differences: the head reads the posterior mean m, the vector that is clustered and decoded, where
the paper says only "latent vectors"; `likelihood="gaussian"` replaces the first term of Eq. 1 by
a squared error, for colour; `network="deep"` is not in the paper.
"""

from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from labeller.methods import losses
from labeller.methods.base import Batch, ImageShape
from labeller.methods.networks import ConvolutionalAutoencoder, NetworkConfig
from labeller.methods.registry import register


@register
class VAE(ConvolutionalAutoencoder):
    """Learns a smooth latent space; the centre of a cluster decodes to a typical image."""

    name: ClassVar[str] = "vae"
    title: ClassVar[str] = "Variational autoencoder"
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "paper": {},
        "deep": {"network": "deep", "likelihood": "gaussian", "latent": 64},
    }

    class Config(NetworkConfig):
        """Settings of the variational autoencoder."""

        beta: float = Field(
            1.0, ge=0, le=1000, description="Weight of the KL term in Eq. 1: larger is smoother."
        )

    config: Config

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        super().__init__(config, shape, classes, 2 * config.latent)

    def posterior(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images (B,C,H,W) to the mean and log-variance of their latent, each (B,D) float32."""
        mean, log_variance = self.encoder(images).float().chunk(2, dim=1)
        return mean, log_variance

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Eq. 1, and Eq. 4 with `batch.gamma` > 0."""
        mean, log_variance = self.posterior(batch.images)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        rebuilt = self.reconstruction(z, batch.images)
        divergence = losses.kl_to_standard_normal(mean, log_variance)
        terms = {
            "loss": rebuilt + self.config.beta * divergence,
            "reconstruction": rebuilt,
            "kl": divergence,
        }
        return self.with_classification(terms, mean, batch)

    def encode(self, images: Tensor) -> Tensor:
        return self.posterior(images)[0]
