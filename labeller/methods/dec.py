"""Deep embedded clustering: an autoencoder whose latent is pulled towards cluster centres.

DEC: "Unsupervised Deep Embedding for Clustering Analysis" (Xie, Girshick, Farhadi 2016); IDEC:
"Improved Deep Embedded Clustering with Local Structure Preservation" (Guo et al. 2017), which
keeps the autoencoder's loss. First an autoencoder is trained, then k-means of its latents gives
the centres m_k, and with one degree of freedom of Student's t

    q_nk = (1 + |z_n - m_k|^2)^-1 / sum_j (1 + |z_n - m_j|^2)^-1                  (1 of DEC)
    p_nk = (q_nk^2 / f_k) / sum_j (q_nj^2 / f_j),  f_k = sum_n q_nk               (3 of DEC)
    L = r |x - decoder(z)| + g KL(P || Q)                           (2 of DEC, 1 of IDEC)

is minimised, where P is computed from all images before each epoch. Preset `dec`: r = 0, g = 1;
`idec`: r = 1, g = 0.1 times the pixels, because our reconstruction sums over pixels and IDEC's
is a mean. Beside these, N2D ("Not Too Deep", McConville et al. 2019: autoencoder, UMAP, Gaussian
mixture) is the method `ae` with the preset `manifold` of the rounds; a comparison scores its
clusters for every method (`manifold_accuracy`), and those of q here as the method's own.

Differences: convolutional networks and one phase of pre-training instead of layer by layer;
P is renewed every epoch; the decoder of `dec` follows the latent (its gradient stops there), so
that centres can still be shown.
"""

import math
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from labeller.methods.base import Batch, EpochData
from labeller.methods.networks import ConvolutionalAutoencoder, NetworkConfig
from labeller.methods.registry import register

STARTS = 10  # k-means runs for the first centres


@register
class DEC(ConvolutionalAutoencoder):
    """An autoencoder that then sharpens the clusters in its own latent space."""

    name: ClassVar[str] = "dec"
    title: ClassVar[str] = "Deep embedded clustering"
    relabels: ClassVar[bool] = True
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "dec": {"reconstruction": 0.0, "divergence": 1.0, "per_pixel": False},
        "idec": {},
    }

    class Config(NetworkConfig):
        """Settings of DEC and IDEC."""

        latent: int = Field(10, ge=1, le=1024, description="Dimensions of the latent space.")
        clusters: int = Field(
            10, ge=2, le=2000, description="Clusters that the latent is drawn to."
        )
        pretraining: float = Field(
            0.5, ge=0, lt=1, description="Share of the epochs that train the autoencoder alone."
        )
        reconstruction: float = Field(
            1.0, ge=0, le=1000, description="Weight r of the reconstruction while clustering."
        )
        divergence: float = Field(0.1, ge=0, le=1000, description="Weight g of KL(P || Q).")
        per_pixel: bool = Field(
            True, description="Multiply g by the pixels, as the reconstruction sums over them."
        )

    config: Config
    clustering: Tensor  # () bool, whether the centres were set: later trainings go on from them

    def _build(self) -> None:
        config = self.config
        self.centres = nn.Parameter(torch.randn(config.clusters, config.latent))
        self.register_buffer("clustering", torch.zeros((), dtype=torch.bool))
        pixels = math.prod(self.shape.size)
        self.weight = config.divergence * (pixels if config.per_pixel else 1)
        self._target: Tensor | None = None  # (N,K) P of this epoch
        self._alone = False  # the autoencoder is trained without the centres

    def start_epoch(self, epoch: int, epochs: int, data: EpochData) -> None:
        """Pre-train; then set the centres once, and renew P before each epoch."""
        self.eval()
        self._target = None
        begins = epoch >= int(self.config.pretraining * epochs) or epoch == epochs - 1
        if begins and not bool(self.clustering):
            latents = data.apply(self.encode)
            centres = self._first_centres(latents.cpu().numpy(), data.seed)
            with torch.no_grad():
                self.centres.copy_(data.first(centres.to(data.device)))
            self.clustering.fill_(True)
        self._alone = not bool(self.clustering)
        if not self._alone:
            self._target = sharpened(data.apply(lambda images: self.assigned(self.encode(images))))

    def end_training(self) -> None:
        self._target = None

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The autoencoder's loss, and KL(P || Q) once there are centres.

        Outside of a training P comes from the batch alone.
        """
        z = self.encode(batch.images)
        clustered = not self._alone
        share = self.config.reconstruction if clustered else 1.0
        rebuilt = self.reconstruction(z if share else z.detach(), batch.images)
        total, divergence = rebuilt * (share or 1.0), rebuilt.new_zeros(())
        if clustered:
            q = self.assigned(z)
            p = sharpened(q.detach()) if self._target is None else self._target[batch.index]
            divergence = (p * (p.clamp_min(1e-12) / q.clamp_min(1e-12)).log()).sum() / len(q)
            total = total + self.weight * divergence
        terms = {"loss": total, "reconstruction": rebuilt, "divergence": divergence}
        return self.with_classification(terms, z, batch)

    def assigned(self, z: Tensor) -> Tensor:
        """Latents (B,D) to q (B,K), Eq. 1; each row sums to 1."""
        distance = torch.cdist(z.float()[None], self.centres[None].float())[0]
        near = 1 / (1 + distance.square())
        return near / near.sum(1, keepdim=True)

    def pseudo_logits(self, images: Tensor) -> Tensor | None:
        """Images (B,C,H,W) to ln q (B,K), whose softmax is q; None before there are centres."""
        if not bool(self.clustering):
            return None
        return self.assigned(self.encode(images)).clamp_min(1e-12).log()

    def _first_centres(self, latents: np.ndarray, seed: int) -> Tensor:
        from sklearn.cluster import KMeans

        wanted = min(self.config.clusters, len(np.unique(latents, axis=0)))
        centres = KMeans(wanted, n_init=STARTS, random_state=seed).fit(latents).cluster_centers_
        repeated = centres[np.arange(self.config.clusters) % wanted]  # fewer images than centres
        return torch.from_numpy(repeated.astype(np.float32))


def sharpened(q: Tensor) -> Tensor:
    """Eq. 3: the target P (N,K) of assignments q (N,K), over all of their images."""
    raised = q.square() / q.sum(0, keepdim=True).clamp_min(1e-12)
    return raised / raised.sum(1, keepdim=True)
