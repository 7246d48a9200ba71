"""Denoising autoencoder with symmetric shortcuts.

"Unsupervised Feature Learning With Symmetrically Connected Convolutional Denoising
Auto-encoders" (Dong, Mao, Shen, Yang). For a corruption x~ of an image x (`corrupt.py`):

    L = |x - f(x~)|^2, a sum over pixels, of 0-centred images

with f of `models/symmetric.py`. The latent is the bottleneck averaged over its pixels, of the
clean image: what the classifier of Network-1 reads. The image cannot be rebuilt from it, because
the decoder also needs the shortcuts: cards show medoids.

Differences: images are 0-centred by 2x - 1 and not by the means of a data set; regions of the
patch noise are an eighth of the side (the paper gives no size); the last layer has neither batch
norm nor ReLU; the paper trains with Adam, rate
1e-4, `schedule` plateau, which are settings of the training and not of the method; the presets
`cifar`, `stl` and `vgg` mirror as its section 3.4 does, the first two crop too (29 of 32, 89 of 96
pixels), and `small` does neither, so that it suits digits; `vgg` has the convolutions of Network-2,
whose dense layers of 4096 belong to the classifier (`evaluation/initialisation.py`).
"""

from typing import Any, ClassVar, Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from labeller.config import Settings
from labeller.methods.base import Batch, EpochData, ImageShape, Method
from labeller.methods.registry import register
from labeller.methods.transforms.corruptions import CORRUPTIONS
from models import SymmetricDecoder, SymmetricEncoder

START = 0.01  # standard deviation of the weights before training


@register
class SymmetricDAE(Method):
    """Repairs corrupted images; shortcuts carry the details, the bottleneck what they mean."""

    name: ClassVar[str] = "symmetric-dae"
    title: ClassVar[str] = "Symmetric denoising autoencoder"
    channels_last: ClassVar[bool] = True  # a step on a CPU takes two fifths less
    can_decode = False
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "small": {},
        "cifar": {"m1": 5, "m2": 5, "m3": 5, "width": 64, "margin": 3, "flip": True},
        "stl": {
            "m1": 3,
            "m2": 3,
            "m3": 4,
            "m4": 5,
            "width": 64,
            "margin": 7,
            "flip": True,
            "corruption": "small-blocks",
        },
        "vgg": {
            "m1": 2,
            "m2": 2,
            "m3": 3,
            "m4": 3,
            "m5": 3,
            "width": 64,
            "flip": True,
            "corruption": "small-blocks",
        },
    }

    class Config(Settings):
        """Blocks, shortcuts and corruption."""

        m1: int = Field(2, ge=0, le=20, description="Convolutions of block 1.")
        m2: int = Field(2, ge=0, le=20, description="Convolutions of block 2.")
        m3: int = Field(2, ge=0, le=20, description="Convolutions of block 3.")
        m4: int = Field(0, ge=0, le=20, description="Convolutions of block 4; 0 leaves it out.")
        m5: int = Field(0, ge=0, le=20, description="Convolutions of block 5, for Network-2.")
        width: int = Field(32, ge=1, le=256, description="Channels n of block 1.")
        shortcuts: Literal["full", "ends", "none"] = Field(
            "full", description="Every two layers; input to output only; none (Table 6)."
        )
        corruption: Literal["pixel", "patch", "big-block", "small-blocks"] = Field(
            "pixel", description="What is repaired: Gaussian noise, or missing squares."
        )
        margin: int = Field(
            0,
            ge=0,
            le=64,
            description="Pixels that random crops leave out, an eighth of the side at most.",
        )
        flip: bool = Field(False, description="Mirror half of the images; not for digits.")

        @model_validator(mode="after")
        def _has_a_layer(self) -> "SymmetricDAE.Config":
            if not any(self.blocks):
                raise ValueError("one of m1 to m5 must be at least 1, got 0 for all")
            return self

        @property
        def blocks(self) -> tuple[int, ...]:
            """m1 to m5."""
            return self.m1, self.m2, self.m3, self.m4, self.m5

    config: Config

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        super().__init__(config, shape, classes)
        self.encoder = SymmetricEncoder(shape.channels, config.blocks, config.width)
        self.decoder = SymmetricDecoder(self.encoder, shape.channels, config.shortcuts)
        self.head = nn.Linear(self.encoder.outputs, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.normal_(module.weight, std=START)
        self._count = 0  # of training images: decides how many small blocks an image gets
        # torch leaves this method without annotations.
        self.register_load_state_dict_pre_hook(_without_count)  # type: ignore[no-untyped-call]

    def start_epoch(self, epoch: int, epochs: int, data: EpochData) -> None:
        """Note the number of images."""
        self._count = data.count

    def get_extra_state(self) -> Tensor:
        """The number of training images, so that a saved method corrupts as in its training."""
        return torch.tensor(self._count)

    def set_extra_state(self, state: Tensor) -> None:
        """The number of training images of a saved method."""
        self._count = int(state)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Squared error of the repaired image, in units of 0-centred images in [-1,1]."""
        images = self.augmented(batch.images)
        rebuilt, bottleneck = self._run(self.corrupt(images))
        error = (rebuilt.float() - centred(images)).square().sum() / len(images)
        terms = {"loss": error, "reconstruction": error}
        return self.with_classification(terms, bottleneck, batch)

    def corrupt(self, images: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Images (B,C,H,W) in [0,1], corrupted as in training; noise may leave [0,1]."""
        if self.config.corruption == "small-blocks":
            return CORRUPTIONS["small-blocks"](images, generator, self._count)
        return CORRUPTIONS[self.config.corruption](images, generator)

    def view(self, images: Tensor) -> Tensor:
        """The same, with torch's own generator: what training feeds the encoder."""
        return self.corrupt(images)

    def rebuild(self, images: Tensor) -> Tensor:
        """Corrupted images (B,C,H,W) to repaired ones in [0,1]."""
        return (self._run(images)[0].float() / 2 + 0.5).clamp(0, 1)

    def augmented(self, images: Tensor) -> Tensor:
        """A random crop of each image, and half of them mirrored, where the settings say so."""
        count, _, height, breadth = images.shape
        cut = self._margin(images)
        if self.config.flip:
            mirrored = torch.rand(count, 1, 1, 1, device=images.device) < 0.5
            images = torch.where(mirrored, images.flip(3), images)
        if not cut:
            return images
        # Windows of the image by their corner, one per image: a gather of whole rows and columns.
        corner = torch.randint(cut + 1, (2, count, 1), device=images.device)
        rows = corner[0] + torch.arange(height - cut, device=images.device)
        columns = corner[1] + torch.arange(breadth - cut, device=images.device)
        which = torch.arange(count, device=images.device)[:, None, None]
        windows = images.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None, :]]
        return windows.permute(0, 3, 1, 2).contiguous()

    def encode(self, images: Tensor) -> Tensor:
        cut = self._margin(images)
        height, breadth = images.shape[2] - cut, images.shape[3] - cut
        middle = images[:, :, cut // 2 :, cut // 2 :][:, :, :height, :breadth]
        latents: Tensor = self.encoder(centred(middle)).float()
        return latents

    def _run(self, images: Tensor) -> tuple[Tensor, Tensor]:
        inputs = centred(images)
        maps = self.encoder.maps(inputs)
        return self.decoder(inputs, maps), maps[-1].float().mean((2, 3))

    def _margin(self, images: Tensor) -> int:
        return min(self.config.margin, min(images.shape[2:]) // 8)


def _without_count(module: nn.Module, state: dict[str, Any], prefix: str, *_: object) -> None:
    """A method that was saved before the number of images was gets 0, as a new one has."""
    state.setdefault(f"{prefix}_extra_state", torch.tensor(0))


def centred(images: Tensor) -> Tensor:
    """[0,1] to [-1,1]: mid-grey is 0."""
    return images * 2 - 1
