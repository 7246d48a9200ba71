"""The features of an encoder as they are: how good they are before anything is learnt from them.

    z = [f_1/|f_1|, ..., f_P/|f_P|],   or z = f_P/|f_P|

f_1 ... f_P are the features by layer of the encoder, each of length 1, so that no layer decides
alone and distances are those of angles, the usual measure for such features. With `layers` last the
last layer's are taken alone: what clusters and neighbours of a project with an encoder are made of
(`labeller.encoders.encoding`). The linear student of such a project sees all.

There is no decoder; `feature-autoencoder` learns one. A baseline for methods that learn.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor, nn

from labeller.config import Settings
from labeller.methods.base import ImageShape, Method
from labeller.methods.features import checked_parts, unit_layers
from labeller.methods.registry import register


@register
class FrozenFeatures(Method):
    """An encoder's features as they are, each layer's of length 1; nothing is learnt."""

    name: ClassVar[str] = "frozen-features"
    title: ClassVar[str] = "Features of the encoder"
    reads: ClassVar[Literal["images", "features"]] = "features"
    presets: ClassVar[dict[str, dict[str, Any]]] = {"plain": {}, "last": {"layers": "last"}}
    trainable: ClassVar[bool] = False
    can_decode: bool = False

    class Config(Settings):
        """Which of the features are taken."""

        layers: Literal["all", "last"] = Field("all", description="Of which layers.")
        parts: tuple[int, ...] = Field(
            (), description="How many of the features each layer gives; none: all are of one."
        )

    config: Config

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Raises ValueError for parts that are not all of the features."""
        super().__init__(config, shape, classes)
        self.parts = checked_parts(config.parts, shape.features)
        self.first = shape.features - self.parts[-1] if config.layers == "last" else 0
        self.head = nn.Linear(shape.features - self.first, classes)

    def encode(self, features: Tensor) -> Tensor:
        return unit_layers(features, self.parts)[:, self.first :]
