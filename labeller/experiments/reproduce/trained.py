"""What a cell does first: build its method for its images, and train it."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config import TrainConfig
from labeller.experiments.reproduce.data import Pictures
from labeller.experiments.reproduce.experiment import Bench
from labeller.methods import loss_networks, registry
from labeller.methods.base import ImageShape, Method
from labeller.rounds.encode import encode
from labeller.training import train


def build(name: str, config: dict[str, Any], images: Pictures, seed: int) -> Method:
    """The untrained method `name` with the settings `config`, for images of this shape."""
    return registry.build(name, config, shape_of(images), max(1, len(images.classes)), seed=seed)


def shape_of(images: Pictures) -> ImageShape:
    """The shape of one image, as methods are built for."""
    height, width, channels = images.images.shape[1:]
    return ImageShape(channels, height, width)


def fit(
    method: Method, images: Pictures, config: dict[str, Any], bench: Bench, seed: int
) -> list[dict[str, float]]:
    """Train in place on the training images; returns the epochs' records.

    `config`: fields of TrainConfig. True classes are seen only by a method that learns from them
    alone (`needs_labels`).
    """
    return train(
        method,
        images.images,
        TrainConfig(seed=seed, device=bench.device, **config),
        index=images.train,
        labels=images.labels if method.needs_labels else None,
        gamma=1.0 if method.needs_labels else 0.0,
        report=bench.report,
    )


def seconds_per_epoch(history: list[dict[str, float]]) -> float:
    """The median: an epoch beside another program takes longer."""
    return float(np.median([record["seconds"] for record in history]))


def halves(images: Pictures) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Images (n,H,W,C) and classes (n,) of the training images, and of the test images."""
    train, test = images.train, images.test
    return (
        (images.images[train], images.labels[train]),
        (images.images[test], images.labels[test]),
    )


def latents(method: Method, images: np.ndarray, device: str) -> np.ndarray:
    """Latents (N,D) of images (N,H,W,C) uint8."""
    return encode(method, images, device=device)


def with_stem(settings: dict[str, Any], weights: str | None) -> dict[str, Any]:
    """The settings of cells that may use the loss network: with its digest, and other weights."""
    own = {"loss_weights": weights} if weights else {}
    return {**settings, "stem": stem_digest(weights), "method": {**settings["method"], **own}}


def stem_digest(weights: str | None = None) -> str:
    """Twelve digits of the shipped loss network, for the settings of cells that may use it.

    With another one in a later version of labeller those cells are measured anew; so they are with
    other content of the file `weights`, if that is one.
    """
    content = loss_networks.shipped(loss_networks.STEM).read_bytes()
    if weights and Path(weights).is_file():
        content += Path(weights).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


def loss_weights(method: Method) -> str | None:
    """The weights that the loss network of a trained method has; None where it has none."""
    if not isinstance(getattr(method, "features", None), loss_networks.FilledLossNetwork):
        return None
    assert isinstance(method.config, loss_networks.LossNetworkConfig)
    return method.config.loss_weights
