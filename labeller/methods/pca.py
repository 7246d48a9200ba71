"""Principal component analysis: the D directions in which the images differ most.

    z = W (x - m),  x' = W^T z + m

m (P,) is the mean image, the rows of W (D,P) are the first D eigenvectors of the covariance: of all
linear maps to D numbers and back, the one of least squared error (Pearson, "On lines and planes of
closest fit to systems of points in space", 1901; Hotelling, 1933). With `whiten` each z_d is
divided by its standard deviation, so that no direction decides the distances alone.

Images are never all in memory: the components are found by subspace iteration, from batches on the
training's device (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011, algorithm
4.4, followed by Rayleigh and Ritz), with more directions than are wanted, of which the first are
kept. torch's `pca_lowrank` does the same with all images in memory.
"""

import math
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from labeller.config import Settings
from labeller.methods.base import EpochData, ImageShape, Method
from labeller.methods.registry import register

SPARE = 32  # directions beside those that are wanted: the wanted ones then settle in a few passes
PASSES = 6  # over all images, after one for their mean
LEAST = 1e-6  # of the largest variance: whitening blows up no direction with less, all rounding


@register
class PCA(Method):
    """The directions in which the images differ most; computed at once, not trained."""

    name: ClassVar[str] = "pca"
    title: ClassVar[str] = "Principal component analysis"
    presets: ClassVar[dict[str, dict[str, Any]]] = {"plain": {}, "whitened": {"whiten": True}}
    trainable: ClassVar[bool] = False

    class Config(Settings):
        """Settings of the principal component analysis."""

        latent: int = Field(
            20,
            ge=1,
            le=1024,
            description="Components; at most as many as there are pixels, and training images.",
        )
        whiten: bool = Field(False, description="Give all components the same variance.")

    config: Config
    mean: Tensor
    components: Tensor
    scale: Tensor

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Raises ValueError for more components than an image of `shape` has values."""
        super().__init__(config, shape, classes)
        pixels = math.prod(shape.size)
        if config.latent > pixels:
            raise ValueError(
                f"latent of pca must be at most {pixels}, the values of one image, "
                f"got {config.latent}"
            )
        self.register_buffer("mean", torch.zeros(pixels))
        self.register_buffer("components", torch.zeros(config.latent, pixels))
        self.register_buffer("scale", torch.ones(config.latent))
        self.head = nn.Linear(config.latent, classes)

    def fit(self, data: EpochData) -> None:
        """Mean and components of all images; raises ValueError for fewer images than components."""
        wanted = self.config.latent
        if data.count < wanted:
            raise ValueError(
                f"latent of pca must be at most {data.count}, the number of training images, "
                f"got {wanted}"
            )
        mean = torch.zeros_like(self.mean)
        for images in data.batches():
            mean += images.flatten(1).sum(0) / data.count
        kept = min(wanted + SPARE, len(mean))
        product = torch.randn(len(mean), kept, device=mean.device)
        for _ in range(PASSES):
            basis, _ = torch.linalg.qr(product)
            product = _covariance_times(basis, mean, data)
        variances, turn = torch.linalg.eigh(basis.T @ product)  # ascending
        self.mean.copy_(mean)
        self.components.copy_((basis @ turn).T.flip(0)[:wanted])
        self.scale.fill_(1)
        if self.config.whiten:
            largest = float(variances[-1].clamp(min=torch.finfo(torch.float32).tiny))
            self.scale.copy_(variances.flip(0)[:wanted].clamp(min=LEAST * largest).sqrt())

    def encode(self, images: Tensor) -> Tensor:
        return (images.flatten(1).float() - self.mean) @ self.components.T / self.scale

    def decode(self, z: Tensor) -> Tensor:
        rebuilt = (z.float() * self.scale) @ self.components + self.mean
        images: Tensor = rebuilt.clamp(0, 1).unflatten(1, self.shape.size)
        return images


def _covariance_times(basis: Tensor, mean: Tensor, data: EpochData) -> Tensor:
    """C B (P,L) for directions B (P,L), with C the covariance (P,P) of the images, never formed."""
    product = torch.zeros_like(basis)
    for images in data.batches():
        centred = images.flatten(1) - mean
        product += centred.T @ (centred @ basis)
    return product / max(1, data.count - 1)
