"""Supervised reference of "Pseudo Labelling" (section 5.6, footnote 2).

The encoder of `pl_ae.py` with an MLP head and a cross-entropy, on images augmented in the same
way:

    L = -gamma sum_k w_n y_nk ln softmax(head(relu(W relu(z))))_k,  z = encoder(t(x))

The loss is the mean over a batch. Without labels there is nothing to learn: the loss is 0 and the
weights stay. The paper gives no sizes of the MLP; ours has one hidden layer as wide as z.
"""

from typing import Any, ClassVar

from pydantic import Field
from torch import Tensor, nn

from labeller.methods.base import Batch, ImageShape, Method
from labeller.methods.registry import register
from labeller.methods.tiling import CHANNELS, Tiling
from labeller.methods.transforms.augmentation_lists import AugmentConfig, entries
from labeller.methods.transforms.augmentations import augment
from models.strided import StridedEncoder


@register
class SupervisedCNN(Method):
    """Learns from labels alone: the mark that methods without labels are measured by."""

    name: ClassVar[str] = "cnn"
    title: ClassVar[str] = "Supervised network"
    can_decode = False
    needs_labels = True
    quick: ClassVar[dict[str, Any]] = {"width": 16, "latent": 32}

    class Config(AugmentConfig):
        """Settings of the supervised network."""

        latent: int = Field(300, ge=1, le=4096, description="Dimensions of the latent space.")
        width: int = Field(32, ge=1, le=512, description="Channels of the first convolution.")
        augment: bool = Field(True, description="Learn from augmented images.")

    config: Config

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Build networks for images of `shape`; raises ValueError unless it has 1 or 3 channels."""
        super().__init__(config, shape, classes)
        self.tiling = Tiling(shape)
        self.encoder = StridedEncoder(CHANNELS, self.tiling.side, config.latent, config.width)
        self.hidden = nn.Sequential(
            nn.ReLU(), nn.Linear(config.latent, config.latent), nn.ReLU(inplace=True)
        )
        self.head = nn.Linear(config.latent, classes)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The weighted cross-entropy times gamma; 0 without labels."""
        tiles = self.tiling.single(batch.images)
        if self.config.augment:
            tiles = augment(tiles, entries(self.config.augmentations, self.shape))
        z = self.encoder(self.tiling.repeated(tiles))
        nothing = 0 * z.float().sum()
        return self.with_classification({"loss": nothing}, self.hidden(z), batch)

    def encode(self, images: Tensor) -> Tensor:
        latents: Tensor = self.encoder(self.tiling.grid(images)).float()
        return latents

    def classify(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.hidden(self.encode(images)))
        return logits
