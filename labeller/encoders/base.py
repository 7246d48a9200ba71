"""The contract of an encoder, and the room of the registry in which encoders stand."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from labeller.config import EncodeConfig
from labeller.errors import DataError
from labeller.registry import Room, Thing

if TYPE_CHECKING:
    from torch import nn

LARGEST = float(np.finfo(np.float16).max)


class Encoder(Thing):
    """Turns pictures into features (n, F) that a pretrained network, frozen, sees in them.

    Its network is loaded when it is first needed.
    """

    licence: ClassVar[str]  # of the weights, as SPDX writes it, or a sentence
    # The setting that VALUE gives in NAME:VALUE on a command line; None: it is spelled NAME alone.
    spelled: ClassVar[str | None] = None

    device = "cpu"  # a name as `labeller.runtime.resolve_device` takes it

    def on(self, device: str) -> Self:
        """The same encoder, to run on that device."""
        there = type(self)(self.config)
        there.device = device
        return there

    @property
    @abstractmethod
    def size(self) -> int:
        """Side in pixels of the square pictures that it is shown; 0: it is shown none."""

    @property
    @abstractmethod
    def features(self) -> int:
        """F, the number of features; 0: it has none, and the method learns from pixels."""

    @property
    def parts(self) -> tuple[int, ...]:
        """How many of the features each layer gives; the last layer's come last."""
        return (self.features,)

    @property
    def last(self) -> slice:
        """The columns of the last layer: where alike images are nearest to each other."""
        return slice(self.features - self.parts[-1], self.features)

    @property
    @abstractmethod
    def digest(self) -> str:
        """16 hexadecimal digits of weights and preprocessing: the same digest, the same features.

        Where it runs (device, library) is not part of it.
        """

    @abstractmethod
    def forward(self, batch: np.ndarray) -> np.ndarray:
        """The features (n, F) float32 of a checked batch of at least one picture."""

    def module(self) -> "nn.Module | None":
        """A network on the CPU that gives for pictures uint8 (n, size, size, 3) what `forward`
        does; an exported classifier holds it. None: there is none that torch could trace.
        """
        return None

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """The features (n, F) float16 of pictures uint8 (n, size, size, 3) in RGB.

        Raises ValueError for another shape or dtype, DataError for features that are not finite.
        """
        wanted = (self.size, self.size, 3)
        if batch.ndim != 4 or batch.shape[1:] != wanted or batch.dtype != np.uint8:
            raise ValueError(
                f"pictures for {self.name} must be uint8 of shape (n, {self.size}, {self.size}, 3),"
                f" got {batch.dtype} of shape {batch.shape}"
            )
        if not len(batch):
            return np.zeros((0, self.features), np.float16)
        return half(self.forward(batch), self.name)

    def ready(self, names: Sequence[str]) -> np.ndarray | None:
        """Features (N, F) float16 that need no computing, of the images with these paths, or None.

        Raises DataError where they are not those of these images.
        """
        return None


def half(values: np.ndarray, name: str) -> np.ndarray:
    """Features as float16, those beyond its range at its ends; raises DataError if not finite."""
    if not np.isfinite(values).all():
        raise DataError(f"features must be finite numbers, got others from {name}")
    halves: np.ndarray = np.clip(values, -LARGEST, LARGEST).astype(np.float16)
    return halves


def _check_whole(cls: type[Encoder]) -> None:
    if not isinstance(getattr(cls, "licence", None), str):
        raise ValueError(f"an encoder must have a licence (a string), got none in {cls.__name__}")
    if cls.spelled is not None and cls.spelled not in cls.Config.model_fields:
        raise ValueError(f"spelled of {cls.name} must be one of its settings, got {cls.spelled}")


ROOM = Room[Encoder](
    "labeller.encoders",
    noun="encoder",
    base=Encoder,
    check=_check_whole,
    choice=EncodeConfig,
    setting="encoder",
)
register = ROOM.register


@register
class Pixels(Encoder):
    """No features: the method learns from the pixels. For digits, icons and other small images."""

    name = "none"
    title = "Pixels"
    licence = ""

    size = features = 0
    digest = "0" * 16

    def forward(self, batch: np.ndarray) -> np.ndarray:
        """No features: (n, 0)."""
        return np.zeros((len(batch), 0), np.float32)
