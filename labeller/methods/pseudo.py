"""What methods share that train a classifier on labels of their own making (pseudo-labels).

A backbone gives features, a linear layer on them the K pseudo-classes. Before each epoch every
image has a pseudo-label y_n, empty classes are filled, and images are drawn so that each class
comes equally often; the epoch minimises the cross-entropy of Eq. 6 of "Unsupervised Image
Classification for Deep Representation Learning" (UIC):

    1/B sum_n -ln softmax(W f(t2(x_n)))[y_n]                                          (6)

The features f, after the dense layers, are the latent.
"""

import heapq
from abc import abstractmethod
from typing import Any, ClassVar, Literal

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn
from torch.nn import functional as F

from labeller.config import Settings
from labeller.methods.base import Batch, EpochData, ImageShape, Method
from labeller.methods.transforms.views import view
from models import AlexNet, Backbone, ResNet, SmallBackbone, Sobel

MEAN, SCALE = 0.5, 0.25  # of a pixel in [0,1]: about the spread of natural images


# The presets that both methods offer. With weak views the classes of photographs follow brightness
# and colour; small crops and strong views (of edges) make them follow what is in the picture.
PRESETS: dict[str, dict[str, Any]] = {
    "small": {},
    "photos": {"views": "strong", "crop": 0.15},
    "alexnet": {"network": "alexnet", "width": 64, "hidden": 512},
}


class PseudoConfig(Settings):
    """Backbone, pseudo-classes and random views."""

    clusters: int = Field(
        100, ge=2, le=100_000, description="Pseudo-classes K; ten times the true classes is usual."
    )
    network: Literal["small", "alexnet", "resnet18", "resnet50"] = Field(
        "small",
        description="small: four convolutions; alexnet: with batch norm; resnet18, resnet50.",
    )
    width: int = Field(
        32, ge=1, le=512, description="Channels of the first convolution (not of a ResNet)."
    )
    hidden: int = Field(
        256, ge=1, le=8192, description="Units of the dense layers (a ResNet's MLP head): latent."
    )
    dropout: float = Field(0.0, ge=0, le=0.9, description="Share of units left out in training.")
    side: int = Field(
        64, ge=63, le=224, description="AlexNet: smaller images are enlarged to this side, pixels."
    )
    sobel: bool = Field(
        True, description="Colour images: see their Sobel derivatives in place of the colours."
    )
    views: Literal["weak", "strong"] = Field(
        "weak", description="weak: crop and flip; strong: also colours, grey and blur."
    )
    crop: float = Field(0.3, gt=0, le=1, description="Least share of the image that a crop keeps.")
    view_scale: float = Field(
        1.0,
        gt=0,
        le=1,
        description="Side of a view as a share of the image's. A crop is enlarged, so that things "
        "are larger in views than in images; smaller views undo that, and cost less.",
    )
    flip: Literal["auto", "yes", "no"] = Field(
        "auto", description="Mirror half of the images; auto: colour images, not grey digits."
    )

    @field_validator("flip", mode="before")
    @classmethod
    def _answer(cls, value: object) -> object:
        """Settings that were kept before "auto" are true or false."""
        return ("yes" if value else "no") if isinstance(value, bool) else value


class PseudoLabelMethod(Method):
    """A backbone that learns to tell apart the classes of `pseudo`, which `relabel` makes."""

    can_decode = False
    size_field: ClassVar[str] = "hidden"
    channels_last: ClassVar[bool] = True  # a step on a CPU takes a fifth less
    relabels: ClassVar[bool] = True
    config: PseudoConfig
    pseudo: Tensor  # (N,) int64, the pseudo-labels of the training images; (0,) before a training

    def __init__(self, config: PseudoConfig, shape: ImageShape, classes: int) -> None:
        """Build the backbone, the dense layers and both classifiers for images of `shape`."""
        super().__init__(config, shape, classes)
        self.sobel = Sobel() if config.sobel and shape.channels > 1 else None
        self.backbone = _backbone(config, shape, 2 if self.sobel else shape.channels)
        self.dense = _dense(config, self.backbone.outputs)
        self.pseudo_head = nn.Linear(config.hidden, config.clusters)
        self.head = nn.Linear(config.hidden, classes)
        self.register_buffer("pseudo", torch.empty(0, dtype=torch.int64))
        self._training = False  # between start_epoch and the end of the training
        self._seen: Tensor | None = None  # (N,) the outputs of this epoch so far; -1: none yet

    @abstractmethod
    def relabel(self, epoch: int, epochs: int, data: EpochData) -> Tensor:
        """Pseudo-labels (N,) int64 on the device for this epoch, the same in every process."""

    def start_epoch(self, epoch: int, epochs: int, data: EpochData) -> Tensor:
        """Relabel, fill empty classes, and draw each class equally often."""
        if epoch == 0:
            self.pseudo = torch.empty(0, dtype=torch.int64, device=data.device)
        labels = self.relabel(epoch, epochs, data).cpu()
        draws = torch.Generator().manual_seed(data.seed)
        labels = fill_empty(labels, self.config.clusters, draws)
        self.pseudo = labels.to(data.device)
        self._seen = torch.full_like(self.pseudo, -1)
        self._training = True
        return draw_balanced(labels, draws)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Eq. 6; "agreement" is the share of images whose output is already their label.

        Outside of a training there are no labels, and Eq. 5 gives them for this batch.
        """
        targets = self.pseudo[batch.index] if self._training else self.assigned(batch.images)
        latents = self.encode(self.view(batch.images))
        logits = self.pseudo_head(latents).float()
        outputs = logits.detach().argmax(1)
        if self._seen is not None and self._training:
            self._seen[batch.index] = outputs
        term = F.cross_entropy(logits, targets)
        terms = {"loss": term, "agreement": (outputs == targets).float().mean()}
        return self.with_classification(terms, latents, batch)

    def end_training(self) -> None:
        self._training, self._seen = False, None

    def view(self, images: Tensor) -> Tensor:
        """A random view t(x) of each image."""
        config = self.config
        flip = self.shape.channels > 1 if config.flip == "auto" else config.flip == "yes"
        return view(images, config.views, smallest=config.crop, flip=flip, scale=config.view_scale)

    def plain(self, images: Tensor) -> Tensor:
        """The images without any change but that to the size of views, which the network knows."""
        return view(images, "none", scale=self.config.view_scale)

    @torch.no_grad()
    def assigned(self, images: Tensor) -> Tensor:
        """Eq. 5: the most likely pseudo-class (B,) of a random view of each image."""
        return self.pseudo_logits(self.view(images)).argmax(1)

    def pseudo_logits(self, images: Tensor) -> Tensor:
        """Images (B,C,H,W) to logits (B,K) of the pseudo-classes."""
        logits: Tensor = self.pseudo_head(self.encode(images))
        return logits

    def encode(self, images: Tensor) -> Tensor:
        latents: Tensor = self.dense(self.backbone(self._prepared(images))).float()
        return latents

    def layers(self, images: Tensor) -> dict[str, Tensor]:
        """Feature maps (B,c,h,w) after each stage of the backbone: conv1, conv2, ..."""
        return self.backbone.layers(self._prepared(images))

    def _prepared(self, images: Tensor) -> Tensor:
        if self.sobel is not None:
            edges: Tensor = self.sobel(images) / SCALE
            return edges
        return (images - MEAN) / SCALE


def fill_empty(labels: Tensor, classes: int, draws: torch.Generator) -> Tensor:
    """Labels (N,) in [0, classes) where each empty class got half of the largest one's images.

    The half is drawn at random (UIC section 4.2). With fewer images than classes some stay empty.
    """
    labels = labels.clone()
    shuffled = torch.randperm(len(labels), generator=draws)
    order = shuffled[labels[shuffled].argsort(stable=True)]
    counts = torch.bincount(labels, minlength=classes)
    sizes = counts.tolist()
    members = list(order.split(sizes))
    largest_first = [(-size, k) for k, size in enumerate(sizes) if size > 1]
    heapq.heapify(largest_first)
    for empty, size in enumerate(sizes):
        if size or not largest_first:
            continue
        _, largest = heapq.heappop(largest_first)
        middle = len(members[largest]) // 2
        members[empty], members[largest] = members[largest][:middle], members[largest][middle:]
        labels[members[empty]] = empty
        for k in (largest, empty):
            if len(members[k]) > 1:
                heapq.heappush(largest_first, (-len(members[k]), k))
    return labels


def draw_balanced(labels: Tensor, draws: torch.Generator) -> Tensor:
    """N indices (N,) in which each class of labels (N,) comes equally often, within one.

    A small class is gone through again and again, of a large one only a part is drawn.
    """
    shuffled = torch.randperm(len(labels), generator=draws)
    order = shuffled[labels[shuffled].argsort(stable=True)]
    counts = torch.bincount(labels)
    starts = (counts.cumsum(0) - counts)[counts > 0]
    counts = counts[counts > 0]
    each = -(-len(labels) // len(counts))
    places = starts[:, None] + torch.arange(each)[None] % counts[:, None]
    # Round by round over the classes, so that what is cut off is at most one image per class.
    return order[places.T.flatten()[: len(labels)]]


def _backbone(config: PseudoConfig, shape: ImageShape, channels: int) -> Backbone:
    if config.network == "small":
        return SmallBackbone(channels, config.width)
    if config.network == "alexnet":
        return AlexNet(channels, config.width, config.side)
    return ResNet(int(config.network[6:]), channels, min(shape.height, shape.width))


def _dense(config: PseudoConfig, inputs: int) -> nn.Sequential:
    """AlexNet's two dense layers, one for the others."""
    layers: list[nn.Module] = []
    for _ in range(2 if config.network == "alexnet" else 1):
        linear = nn.Linear(inputs, config.hidden)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        layers += [nn.Dropout(config.dropout), linear, nn.ReLU()]
        inputs = config.hidden
    return nn.Sequential(*layers)
