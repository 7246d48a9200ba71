"""The student: a classifier of pixels that learns from weighted labels and from itself.

It is no autoencoder and needs labels. Each image has a target that mixes what the answers say of
it with what the student itself said before, of other augmentations of the same image:

    q_n = t w_n y_n + (1 - t w_n) b_n,     L = - mean_n sum_k q_nk ln softmax(f(a(x_n)))_k

y_n is the propagated label, smoothed; w_n its weight; t in [trust, 1] falls from 1 while labels
are fresh; a is a random augmentation; b_n is the belief: the running mean of the student's own
class probabilities over the epochs. This is pseudo-labelling with two augmentations as in
"Unsupervised Image Classification" (Chen et al., Eqs. 5-6), with the soft labels of temporal
ensembling (Laine and Aila 2017): the pass of the epoch before serves as the second augmentation,
so it costs no pass of its own. Differences from the former: soft targets, and labels where there
are some.

A label that contradicts its neighbours is outvoted, since the student learns the rule before the
exception and t then falls.
"""

from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from labeller.config import Settings
from labeller.methods.base import Batch, EpochData, ImageShape, Method
from labeller.methods.registry import register
from models import CompactCNN

MEMORY = 0.5  # share of the belief that an epoch keeps
RAMP = 0.6  # share of the epochs in which trust falls


@register
class Student(Method):
    """Learns from labels that are often, not always, right; encodes to its last features."""

    name: ClassVar[str] = "student"
    title: ClassVar[str] = "Student classifier"
    can_decode = False
    relabels: ClassVar[bool] = True
    needs_labels: ClassVar[bool] = True

    class Config(Settings):
        """What the student is and how it is taught."""

        network: str = Field("compact", description="compact, or a ResNet of torchvision.")
        width: int = Field(32, ge=4, le=256, description="Channels of the compact network.")
        augmentation: str = Field("shapes", description="shapes, photos or none.")
        smoothing: float = Field(0.05, ge=0, lt=1, description="Label smoothing.")
        trust: float = Field(0.6, ge=0, le=1, description="Trust in a label at the end.")
        consistency: bool = Field(True, description="Learn from its own earlier answers too.")

    config: Config

    def __init__(self, config: Config, shape: ImageShape, classes: int) -> None:
        """Build the network for images of `shape`; nothing is remembered yet."""
        super().__init__(config, shape, classes)
        self.features = _network(config, shape)
        self.features.to(memory_format=torch.channels_last)
        self.head = nn.Linear(self.features.outputs, classes)
        self.augment = _augmentation(config.augmentation, colour=shape.channels == 3)
        self.belief: Tensor
        self.fresh: Tensor
        self.register_buffer("belief", torch.zeros(0, classes))
        self.register_buffer("fresh", torch.zeros(0, dtype=torch.bool))
        self._trust = 1.0

    def remember(self, belief: Tensor, fresh: Tensor) -> None:
        """Before a training on n images: what is believed of each, and whose labels are new.

        belief (n, K) in [0, 1], rows of zeros where nothing is known; fresh (n,) bool.
        """
        device = self.head.weight.device
        self.belief = belief.to(device, torch.float32, copy=True)
        self.fresh = fresh.to(device)

    def forget(self) -> Tensor:
        """After a training: the belief (n, K) on the CPU; none stays in the module."""
        belief = self.belief.cpu()
        self.remember(torch.zeros(0, self.classes), torch.zeros(0, dtype=torch.bool))
        return belief

    def start_epoch(self, epoch: int, epochs: int, data: EpochData | None = None) -> None:
        """Trust in fresh labels falls linearly over the first 60 % of the epochs.

        Who was told nothing (`remember`) about these images believes nothing, and every label is
        fresh: a comparison trains the student on true classes like that.
        """
        if data is not None and len(self.belief) != data.count:
            nothing = torch.zeros(data.count, self.classes)
            self.remember(nothing, torch.ones(data.count, dtype=torch.bool))
        done = min(1.0, epoch / max(1.0, RAMP * epochs))
        self._trust = 1 + (self.config.trust - 1) * done

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The cross-entropy of the module's equation; updates the belief of the batch's images."""
        logits = self.classify(self._augmented(batch.images)).float()
        belief = self.belief[batch.index]
        trust = torch.where(self.fresh[batch.index], self._trust, self.config.trust)
        weight = (trust * batch.weights * (batch.labels >= 0))[:, None]
        target = weight * self._smoothed(batch.labels)
        if self.config.consistency:
            target = target + (1 - weight) * belief
        loss = -(target * logits.log_softmax(1)).sum(1).mean()
        with torch.no_grad():
            probabilities = logits.softmax(1)
            believed = belief.sum(1, keepdim=True) > 0
            mixed = MEMORY * belief + (1 - MEMORY) * probabilities
            self.belief[batch.index] = torch.where(believed, mixed, probabilities)
        return {"loss": loss}

    def encode(self, images: Tensor) -> Tensor:
        features: Tensor = self.features(images.contiguous(memory_format=torch.channels_last))
        return features

    def set_classes(self, classes: int) -> None:
        """Also widen the belief: of a new class nothing is believed yet."""
        super().set_classes(classes)
        wider = self.belief.new_zeros(len(self.belief), classes)
        kept = min(classes, self.belief.shape[1])
        wider[:, :kept] = self.belief[:, :kept]
        self.belief = wider

    def _augmented(self, images: Tensor) -> Tensor:
        if not self.training or self.augment is None:
            return images
        # In float32: autocast would round the coordinates of the warp to bf16.
        with torch.no_grad(), torch.autocast(images.device.type, enabled=False):
            augmented: Tensor = self.augment(images)
            return augmented

    def _smoothed(self, labels: Tensor) -> Tensor:
        hot = nn.functional.one_hot(labels.clamp(min=0), self.classes)
        return (1 - self.config.smoothing) * hot + self.config.smoothing / self.classes


def _network(config: "Student.Config", shape: ImageShape) -> Any:
    if config.network == "compact":
        return CompactCNN(shape.channels, max(shape.height, shape.width), width=config.width)
    import torchvision

    if config.network not in ("resnet18", "resnet34", "resnet50"):
        raise ValueError(
            f"network must be compact, resnet18, resnet34 or resnet50, got {config.network}"
        )
    network = getattr(torchvision.models, config.network)(weights=None)
    first = network.conv1
    network.conv1 = nn.Conv2d(
        shape.channels, first.out_channels, 7, stride=2, padding=3, bias=False
    )
    network.outputs = network.fc.in_features
    network.fc = nn.Identity()
    return network


def _augmentation(name: str, *, colour: bool) -> nn.Module | None:
    """shapes: small affine moves and erasing; photos: also mirroring and colours; none.

    Without `colour` photos get another brightness and contrast: grey has no saturation, no hue.
    """
    import kornia.augmentation as kornia

    if name == "none":
        return None
    if name not in ("shapes", "photos"):
        raise ValueError(f"augmentation must be shapes, photos or none, got {name}")
    if name == "shapes":  # no mirroring: a mirrored letter is another letter
        return nn.Sequential(
            kornia.RandomAffine(12.0, (0.1, 0.1), (0.85, 1.15), (-10.0, 10.0), p=1.0),
            kornia.RandomErasing((0.02, 0.15), p=0.3),
        )
    light: list[nn.Module] = (
        [kornia.ColorJitter(0.3, 0.3, 0.3, 0.05, p=0.8)]
        if colour
        else [kornia.RandomBrightness((0.7, 1.3), p=0.8), kornia.RandomContrast((0.7, 1.3), p=0.8)]
    )
    return nn.Sequential(
        kornia.RandomHorizontalFlip(p=0.5),
        kornia.RandomAffine(10.0, (0.12, 0.12), (0.85, 1.15), p=1.0, padding_mode="reflection"),
        *light,
        kornia.RandomErasing((0.02, 0.2), p=0.3),
    )
