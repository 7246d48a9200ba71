"""Plain autoencoder: the VAE of `vae.py` without noise and without a prior.

    L = -sum_ij (x ln x' + (1-x) ln(1-x')) - gamma sum_k w_n y_nk ln softmax(head(z))_k

with z = encoder(x), x' = sigmoid(decoder(z)): Eq. 1 with beta = 0 and a deterministic z, plus the
classification term of Eq. 4 of "Semi-supervised Learning using Variational Autoencoder". The
loss is the mean over a batch.
"""

from typing import Any, ClassVar

from torch import Tensor

from labeller.methods.base import Batch
from labeller.methods.networks import ConvolutionalAutoencoder, NetworkConfig
from labeller.methods.registry import register


@register
class Autoencoder(ConvolutionalAutoencoder):
    """Rebuilds each image from a few numbers; sharper than a VAE, its latent is less smooth."""

    name: ClassVar[str] = "ae"
    title: ClassVar[str] = "Autoencoder"
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "plain": {},
        "deep": {"network": "deep", "likelihood": "gaussian", "latent": 64},
    }

    class Config(NetworkConfig):
        """Settings of the autoencoder."""

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Reconstruction, and the classification term with `batch.gamma` > 0."""
        z = self.encode(batch.images)
        rebuilt = self.reconstruction(z, batch.images)
        return self.with_classification({"loss": rebuilt, "reconstruction": rebuilt}, z, batch)
