"""The contract of a method: what the training loop, the rounds and the pages ask of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

import torch
from torch import Tensor, nn

from labeller.config import Settings
from labeller.errors import NeedsEncoderError
from labeller.methods import losses
from labeller.methods.features import convolution_features

SMALLEST_SIDE, LARGEST_SIDE = 8, 128


@dataclass(frozen=True)
class ImageShape:
    """Channels, height and width of the images a method is built for; raises ValueError.

    features: F, the length of an encoder's features of one image; 0 where there is no encoder.
    """

    channels: int
    height: int
    width: int
    features: int = 0

    def __post_init__(self) -> None:
        """Refuse a shape that no network is built for."""
        if self.channels < 1:
            raise ValueError(f"channels must be at least 1, got {self.channels}")
        for name, side in (("height", self.height), ("width", self.width)):
            if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
                raise ValueError(
                    f"image {name} must be between {SMALLEST_SIDE} and {LARGEST_SIDE} pixels, "
                    f"got {side}"
                )
        if self.features < 0:
            raise ValueError(f"features must be 0 (no encoder) or more, got {self.features}")

    @property
    def size(self) -> tuple[int, int, int]:
        """(C, H, W), as networks take it."""
        return self.channels, self.height, self.width


@dataclass(frozen=True)
class Batch:
    """What a method sees of B images in one step. There is no field for a true target.

    images (B,C,H,W) float32 in [0,1]; index (B,) int64, the position among the training images;
    labels (B,) int64, the expert's class or -1 for none; weights (B,) float32 in [0,1], how much
    each label counts; gamma >= 0, the weight of the classification term of Eq. 4; features (B,F)
    float32, an encoder's, for a method that reads those: the images are then what it draws.
    """

    images: Tensor
    index: Tensor
    labels: Tensor
    weights: Tensor
    gamma: float = 0.0
    features: Tensor | None = None


class EpochData(Protocol):
    """All training images, for a method that looks at them in `fit`, before or after an epoch.

    Of several processes that train together, each calls the same verbs in the same order, and
    each gets the same answers: what a method derives from them and from `seed` alone agrees.
    A method that `reads` features gets features (B,F) wherever images (B,C,H,W) stand here.
    """

    count: int  # N, the training images; `Batch.index` counts them
    seed: int  # of this epoch; the same in every process
    device: torch.device

    def batches(self) -> Iterator[Tensor]:
        """Images (B,C,H,W) in [0,1] on the device, each once, in the random order that `apply` has.

        Of several processes each gets its own share.
        """

    def apply(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        """(N,...) on the device, by index: `function` of batches (B,C,H,W) in a random order.

        Without gradients and in the training's precision; the method chooses eval() or train().
        """

    def joined(self, values: Tensor) -> Tensor:
        """(N,) int64 from 0, what each process saw of its images and -1 of the others, as one."""

    def first(self, values: Tensor) -> Tensor:
        """The values of the first process: for results that rounding could tell apart."""


class Method(nn.Module):
    """An autoencoder with a classifier on its latent.

    A subclass sets `name` and `title`, has a pydantic `Config`, builds its networks and `head`
    (a linear layer from the latent to the classes) and writes `loss` and `encode`; `decode`,
    `layers`, `start_epoch`, `end_epoch` and `classify` have defaults. One that is not `trainable`
    has no `loss`, and may have a `fit`. All state that training changes belongs in parameters and
    buffers: those are what a checkpoint keeps. Randomness comes from torch's generators, which the
    training loop seeds at the start of every epoch, and before `fit`.

    One that `reads` features gets an encoder's features (B,F) float32 of the images wherever
    images (B,C,H,W) stand below, but for what `decode` draws; `loss` finds both in the batch.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    presets: ClassVar[dict[str, dict[str, Any]]] = {}
    quick: ClassVar[dict[str, Any]] = {}  # settings so small that tests take seconds
    can_decode: bool = True  # of the class; see `decodes` where it depends on settings
    size_field: ClassVar[str] = "latent"  # the setting that is D of the latent, where Config has it
    channels_last: ClassVar[bool] = (
        False  # how convolutions lie in memory where `registry` builds it
    )
    trainable: ClassVar[bool] = True  # False: no `loss` and no epochs; `fit` alone, if anything
    relabels: ClassVar[bool] = False  # learns targets that it made of the training images by index
    needs_labels: ClassVar[bool] = False  # learns from labels alone: never the first training
    reads: ClassVar[Literal["images", "features"]] = "images"  # features: needs an encoder
    head: nn.Linear

    class Config(Settings):
        """Settings of a method; each field has a description and bounds."""

    def __init__(self, config: Settings, shape: ImageShape, classes: int) -> None:
        """`classes` >= 1 is the number of outputs of the head.

        Raises ValueError, and NeedsEncoderError for a method that reads features where `shape` has
        none.
        """
        super().__init__()
        if self.reads == "features" and not shape.features:
            raise NeedsEncoderError(self.name)
        self.config, self.shape = config, shape
        self.classes = _checked_classes(classes)

    @classmethod
    def decodes(cls, config: Any) -> bool:
        """Whether a method with the settings `config`, a Config, can decode."""
        return cls.can_decode

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Named scalar terms, each a mean per image; "loss" is the one that is minimised."""
        raise NotImplementedError(f"{type(self).__name__} must define loss(batch)")

    def fit(self, data: EpochData) -> None:
        """What a method that is not `trainable` takes from the training images, once, in buffers.

        Called in evaluation mode, without gradients and in float32, in one process however many
        devices there are. `data` may be larger than memory: go through its batches, as often as it
        takes. The same images and seed must give the same buffers. By default nothing: a network
        that is frozen. Raises ValueError where the images cannot do.
        """

    def encode(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) in [0,1] to latents (B,D); the same images give the same latents."""
        raise NotImplementedError(f"{type(self).__name__} must define encode(images)")

    def decode(self, z: Tensor) -> Tensor | None:
        """Latents (B,D) to images (B,C,H,W) in [0,1]; None where the method cannot decode."""
        return None

    def classify(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) in [0,1] to logits (B,K); their softmax is the class probability."""
        logits: Tensor = self.head(self.encode(images))
        return logits

    def layers(self, images: Tensor) -> dict[str, Tensor]:
        """What each convolution of the encoder gives for images (B,C,H,W), for probes by layer.

        By default conv1, conv2, ... in the order they run in `encode`, after the batch norm and
        the activation that follow as modules; empty without convolutions.
        """
        return convolution_features(self, images)

    def view(self, images: Tensor) -> Tensor | None:
        """What training feeds the encoder in place of images (B,C,H,W): a random augmentation or
        corruption of them, drawn from torch's generator; None where it feeds them as they are.
        """
        return None

    def rebuild(self, images: Tensor) -> Tensor | None:
        """Images (B,C,H,W) encoded and decoded again; None where the method cannot decode."""
        return self.decode(self.encode(images)) if self.can_decode else None

    def pseudo_logits(self, images: Tensor) -> Tensor | None:
        """Logits (B,K) of classes that the method made up itself; None where it makes none."""
        return None

    def start_epoch(self, epoch: int, epochs: int, data: EpochData) -> Tensor | None:
        """Called before epoch `epoch` (from 0) of `epochs`; methods that re-cluster do it here.

        A method whose `loss` looks up what it made here by `batch.index` has no loss on images
        held out, and says so with `relabels`.

        Returns the images to train on in this epoch, as N indices (N,) int64 on the CPU in which
        some may come twice and others not at all, the same in every process; None: each once.
        """
        return None

    def end_epoch(self, epoch: int, epochs: int, data: EpochData) -> None:
        """Called after the last step of an epoch, before its checkpoint is written."""

    def end_training(self) -> None:
        """Called after the last epoch: forget what only the images of this training have."""

    def notice(self) -> str:
        """What the person should know of this training, such as what took the place of a file."""
        return ""

    def set_classes(self, classes: int) -> None:
        """Resize the head to `classes` outputs; rows already learnt stay, new ones start at 0."""
        old = self.head
        new = nn.Linear(old.in_features, _checked_classes(classes)).to(old.weight)
        kept = min(old.out_features, classes)
        with torch.no_grad():
            for fresh, learnt in ((new.weight, old.weight), (new.bias, old.bias)):
                fresh.zero_()
                fresh[:kept] = learnt[:kept]
        self.head, self.classes = new, classes

    def with_classification(
        self, terms: dict[str, Tensor], latents: Tensor, batch: Batch
    ) -> dict[str, Tensor]:
        """Add Eq. 4's weighted cross-entropy of head(latents (B,D)) to `terms["loss"]`.

        Without gamma the head is left out, so that unsupervised training costs nothing for it.
        """
        if batch.gamma == 0:
            return terms
        logits = self.head(latents)
        term = losses.weighted_cross_entropy(logits, batch.labels, batch.weights)
        return {**terms, "classification": term, "loss": terms["loss"] + batch.gamma * term}


def _checked_classes(classes: int) -> int:
    if classes < 1:
        raise ValueError(f"classes must be at least 1, got {classes}")
    return classes
