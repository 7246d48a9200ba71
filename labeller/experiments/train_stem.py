"""Trains the stem: the small loss network that ships with the project (`models/weights`).

Two recipes for the same two layers: `labels` learns the true classes, as an ImageNet classifier
would; `uic` learns from no label at all (`labeller/methods/uic.py`, with its AlexNet and its strong
views), which makes the perceptual loss an unsupervised one ("Pseudo Labelling", section 4.2). Both
see random crops of the image's 2x2 grid, one to two times enlarged, as the loss network will see
images, mirrored at random, their colours jittered.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

from labeller.config import TrainConfig
from labeller.data.images import ImageStore
from labeller.errors import DataError
from labeller.evaluation.probes import linear_probe
from labeller.evaluation.scores import accuracy
from labeller.evaluation.targets import read_targets
from labeller.events import Report, silent
from labeller.methods import losses, registry
from labeller.methods.base import Batch, ImageShape, Method
from labeller.methods.pseudo import MEAN, SCALE
from labeller.methods.tiling import CHANNELS, Tiling
from labeller.rounds.encode import classify
from labeller.runtime import drawn, resolve_device, stream_seed, versions
from labeller.training import train
from labeller.training.batches import as_tensor, to_float
from models import AlexNet
from models.stem import StemClassifier

Recipe = Literal["labels", "uic"]
PROBED = 10_000  # images of each split, at most
# What differs from the defaults of uic: AlexNet as it is, on colours. With weak views the classes
# follow colours, and grey images all look alike to what was learnt.
UIC = {
    "network": "alexnet",
    "width": 64,
    "hidden": 512,
    "clusters": 100,
    "crop": 0.25,
    "views": "strong",
    "sobel": False,
}


def train_stem(
    store: ImageStore,
    out: Path,
    *,
    recipe: Recipe = "uic",
    config: TrainConfig | None = None,
    limit: int | None = None,
    command: str = "",
    report: Report = silent,
) -> dict[str, Any]:
    """Train a stem on the store's training images, write it to `out` (.safetensors) and its
    record beside it (.json), and return the record.

    `limit`: use so many images, drawn by the seed; None: all. `command` is kept in the record.
    Raises DataError where the recipe needs true classes and the images bring none.
    """
    settings = config or TrainConfig(epochs=6, batch_size=128)
    rows = drawn(store.train, limit, settings.seed, "stem/images")
    layers, reached = _RECIPES[recipe](store, rows, settings, report)
    record = {
        "network": "alexnet.features[:5]",
        "recipe": recipe,
        "command": command,
        "images": {"source": Path(store.source).name, "used": len(rows)},
        "train": settings.model_dump(mode="json"),
        **reached,
        "probe_accuracy": _probe(layers, store, settings),
        "versions": versions(),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    # A training may have left them channels last, and the format keeps rows only.
    weights = {name: value.contiguous() for name, value in layers.cpu().state_dict().items()}
    out.write_bytes(save(weights))
    out.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return record


class _Labelled(Method):
    """A classifier of views; never registered, since it is no autoencoder."""

    name: ClassVar[str] = "stem-labelled"
    title: ClassVar[str] = "Stem with labels"

    def __init__(self, shape: ImageShape, classes: int) -> None:
        super().__init__(self.Config(), shape, classes)
        self.tiling, self.network = Tiling(shape), StemClassifier(classes)
        self.views = _views(self.tiling.side)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        with torch.autocast(batch.images.device.type, enabled=False):
            views = self.views(self.tiling.grid(batch.images))
        logits = self.network(views)
        return {"loss": losses.weighted_cross_entropy(logits, batch.labels, batch.weights)}

    def classify(self, images: Tensor) -> Tensor:
        logits: Tensor = self.network(self.tiling.grid(images))
        return logits


def _views(side: int) -> nn.Module:
    """kornia's random views of images (B,3,side,side), each image with draws of its own."""
    import kornia.augmentation as K

    return K.AugmentationSequential(
        K.RandomResizedCrop((side, side), scale=(0.25, 1.0), ratio=(0.8, 1.25), p=1.0),
        K.RandomHorizontalFlip(),
        K.ColorJitter(0.3, 0.3, 0.3, 0.05, p=0.8),
    )


def _with_labels(
    store: ImageStore, rows: np.ndarray, config: TrainConfig, report: Report
) -> tuple[nn.Sequential, dict[str, Any]]:
    """The trained stem, and the share of the test images whose class its network tells."""
    targets = read_targets(store.folder)
    if targets is None:
        raise DataError(f"the recipe labels needs true classes, and {store.source} brings none")
    shape = ImageShape(store.channels, store.height, store.width)
    torch.manual_seed(stream_seed(config.seed, "weights/stem"))
    method = _Labelled(shape, int(targets.max()) + 1)
    history = train(
        method, store.images, config, labels=targets, gamma=1.0, index=rows, report=report
    )
    seen = store.test if len(store.test) else store.train
    guesses = classify(method, store.images[seen], device=config.device).argmax(1)
    return method.network.stem().cpu(), {
        "test_accuracy": accuracy(guesses, targets[seen]),
        "loss": history[-1]["loss"],
    }


def _without_labels(
    store: ImageStore, rows: np.ndarray, config: TrainConfig, report: Report
) -> tuple[nn.Sequential, dict[str, Any]]:
    """The first two layers of `uic`'s AlexNet, and how it did on its own labels."""
    tiling = Tiling(ImageShape(store.channels, store.height, store.width))
    copies = tiling.copies
    grids = np.tile(store.images[rows], (1, copies, copies, CHANNELS // store.channels))
    shape = ImageShape(CHANNELS, *grids.shape[1:3])
    method = registry.build("uic", UIC, shape, 1, seed=config.seed)
    history = train(method, grids, config, report=report)
    backbone = method.backbone
    assert isinstance(backbone, AlexNet)
    stem = backbone.stem().cpu()
    _take_raw_pixels(stem[0])
    return stem, {
        "method": {"name": "uic", **UIC},
        "loss": history[-1]["loss"],
        "agreement": history[-1]["agreement"],
    }


@torch.no_grad()
def _take_raw_pixels(convolution: nn.Module) -> None:
    """Change w * (x - m) / s + b to the same function of x: w / s, and b - m / s sum w.

    Where the convolution pads it is another function: the padding was grey and is black now.
    """
    assert isinstance(convolution, nn.Conv2d)
    assert convolution.bias is not None
    convolution.weight /= SCALE
    convolution.bias -= MEAN * convolution.weight.sum((1, 2, 3))


def _probe(stem: nn.Sequential, store: ImageStore, config: TrainConfig) -> float | None:
    """Test accuracy of a linear probe on a 2x2 grid of mean features; None without classes.

    The same measure for both recipes, on at most `PROBED` images of each split.
    """
    targets = read_targets(store.folder)
    if targets is None or not len(store.test):
        return None
    tiling = Tiling(ImageShape(store.channels, store.height, store.width))
    device = resolve_device(config.device)
    stem = stem.to(device)
    draw = np.random.default_rng(stream_seed(config.seed, "stem/probe"))
    parts = []
    for split in (store.train, store.test):
        rows = np.sort(draw.choice(split, min(PROBED, len(split)), replace=False))
        parts += [_pooled(stem, tiling, store.images[rows], device), targets[rows]]
    return linear_probe(*parts, device=config.device)


@torch.no_grad()
def _pooled(
    stem: nn.Module, tiling: Tiling, images: np.ndarray, device: torch.device
) -> np.ndarray:
    """Features (N,768) of images (N,H,W,C) uint8: a 2x2 grid of means."""
    parts = [
        F.adaptive_avg_pool2d(stem(tiling.grid(to_float(part.to(device)))), 2).flatten(1)
        for part in torch.split(as_tensor(images).permute(0, 3, 1, 2), 256)
    ]
    return torch.cat(parts).cpu().numpy()


_RECIPES: dict[str, Callable[..., tuple[nn.Sequential, dict[str, Any]]]] = {
    "labels": _with_labels,
    "uic": _without_labels,
}
