"""The student of a project with an encoder: a softmax regression on the encoder's features.

    u = W ([f_1/|f_1|, ..., f_P/|f_P|] - m) / s,   p = softmax(A u + c)

f_1 ... f_P are the features by layer of the encoder, each of length 1, so that no layer decides
alone; m is the mean over the training images, W their first principal directions, and s scales the
whole so that the mean square of its numbers is 1. Only A and c are learned, and in seconds
(`labeller.rounds.linear_student`): where labels are few, what the encoder knows is worth more than
anything that could be learned from pixels.
"""

from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from labeller.config import Settings
from labeller.methods.base import Batch, EpochData, ImageShape, Method
from labeller.methods.features import checked_parts, first_rows, unit_layers
from labeller.methods.losses import weighted_cross_entropy
from labeller.methods.registry import register

SAMPLE = 10_000  # images whose features give the directions


@register
class LinearStudent(Method):
    """Tells the classes from an encoder's features; learns in seconds, from labels alone."""

    name: ClassVar[str] = "linear-student"
    title: ClassVar[str] = "Linear student on features"
    reads: ClassVar[Literal["images", "features"]] = "features"
    can_decode = False
    needs_labels: ClassVar[bool] = True
    size_field: ClassVar[str] = "components"

    class Config(Settings):
        """What the student sees of the features."""

        components: int = Field(256, ge=1, le=4096, description="Principal directions kept.")
        parts: tuple[int, ...] = Field(
            (), description="How many of the features each layer gives; none: all are of one."
        )

    config: Config
    mean: Tensor
    directions: Tensor
    known: Tensor

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Raises ValueError for parts that are not all of the features."""
        super().__init__(config, shape, classes)
        self.parts = checked_parts(config.parts, shape.features)
        self.register_buffer("mean", torch.zeros(shape.features))
        self.register_buffer("directions", torch.zeros(shape.features, config.components))
        self.register_buffer("known", torch.tensor(False))  # mean and directions
        self.head = nn.Linear(config.components, classes)

    def start_epoch(self, epoch: int, epochs: int, data: EpochData) -> None:
        """Before the first training: mean and directions of the features."""
        if not self.known:
            sample = first_rows(data, SAMPLE)
            assert sample is not None
            self.prepare(data.first(sample))

    @torch.no_grad()
    def prepare(self, features: Tensor) -> None:
        """Takes mean and directions from features (n,F) of some training images."""
        joined = unit_layers(features.to(self.mean), self.parts)
        self.mean.copy_(joined.mean(0))
        centred = joined - self.mean
        covariance = centred.T.double() @ centred.double() / len(centred)
        variances, vectors = torch.linalg.eigh(covariance)  # ascending
        kept = min(self.config.components, vectors.shape[1])
        scale = variances.flip(0)[:kept].mean().clamp(min=torch.finfo(torch.float32).tiny).sqrt()
        self.directions.zero_()
        self.directions[:, :kept] = (vectors.flip(1)[:, :kept] / scale).float()
        self.known.fill_(True)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The weighted cross-entropy of the batch's labels."""
        assert batch.features is not None  # `train` has them where a method reads them
        logits = self.classify(batch.features)
        return {"loss": weighted_cross_entropy(logits, batch.labels, batch.weights)}

    def encode(self, features: Tensor) -> Tensor:
        return (unit_layers(features, self.parts) - self.mean) @ self.directions
