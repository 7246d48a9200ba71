"""Trains the stem: the small loss network that ships with the project (`models/weights`).

Two recipes, the same network and the same views of the images: `labels` learns the true classes,
as an ImageNet classifier would; `uic` learns from no label at all (`labeller/methods/uic.py`),
which makes the perceptual loss an unsupervised one ("Pseudo Labelling", section 4.2). A view is a
random crop of the image's 2x2 grid, mirrored at random, in jittered colours: one to two times
enlarged, as the loss network will see images.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

from labeller import losses
from labeller.config import TrainConfig
from labeller.data.images import ImageStore
from labeller.errors import DataError
from labeller.evaluation.scores import accuracy
from labeller.evaluation.targets import read_targets
from labeller.events import Report, silent
from labeller.methods.base import Batch, ImageShape, Method
from labeller.methods.tiling import Tiling
from labeller.rounds.encode import classify
from labeller.runtime import stream_seed, versions
from labeller.training import train
from models.stem import StemClassifier

Recipe = Literal["labels"]


def train_stem(
    store: ImageStore,
    out: Path,
    *,
    recipe: Recipe = "labels",
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
    rows = store.train
    if limit is not None and limit < len(rows):
        draw = np.random.default_rng(stream_seed(settings.seed, "stem/images"))
        rows = np.sort(draw.choice(rows, limit, replace=False))
    layers, reached = _RECIPES[recipe](store, rows, settings, report)
    record = {
        "network": "alexnet.features[:5]",
        "recipe": recipe,
        "command": command,
        "images": {"source": Path(store.source).name, "used": len(rows)},
        "train": settings.model_dump(mode="json"),
        **reached,
        "versions": versions(),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(save(layers.state_dict()))
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
        return self.network(self.tiling.grid(images))


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
) -> tuple[nn.Module, dict[str, Any]]:
    """The trained stem, and the share of the test images whose class they tell."""
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
    scores = {"test_accuracy": accuracy(guesses, targets[seen]), "loss": history[-1]["loss"]}
    return method.network.stem().cpu(), scores


_RECIPES: dict[
    str,
    Callable[[ImageStore, np.ndarray, TrainConfig, Report], tuple[nn.Module, dict[str, Any]]],
] = {"labels": _with_labels}
