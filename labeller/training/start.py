"""The way into a training: arguments are checked here, and one process or several start."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np

from labeller.config import TrainConfig
from labeller.errors import NeedsEncoderError
from labeller.events import Report, silent
from labeller.methods.base import Method
from labeller.runtime import resolve_devices, resolve_precision
from labeller.runtime.memory import keep_freed_memory
from labeller.runtime.threads import few_for
from labeller.training.batches import TrainingSet
from labeller.training.fitting import fit_once
from labeller.training.loop import Loop
from labeller.training.processes import train_together
from labeller.training.ranks import Rank


def train(
    method: Method,
    images: np.ndarray,
    config: TrainConfig,
    *,
    labels: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    gamma: float = 0.0,
    folder: Path | None = None,
    resume: bool = False,
    report: Report = silent,
    index: np.ndarray | None = None,
    features: np.ndarray | None = None,
) -> list[dict[str, float]]:
    """Train `method` in place and return one record per epoch.

    A method that is not `trainable` has no epochs: its `fit` sees the images once, on one device,
    and labels change nothing in it (`rounds.linear_student.fit_head` teaches its head).

    Args:
        images: (N,H,W,C) uint8, may be memory-mapped.
        labels: (N,) int64, the experts' classes, -1 for none; None: no labels at all.
        weights: (N,) float32 in [0,1], how much each label counts; None: 1 for each.
        gamma: weight of the classification term of Eq. 4; 0 trains without labels.
        folder: where a checkpoint is written after each epoch; None: nowhere.
        resume: go on from the checkpoint in `folder`, if there is one. On a CPU the result is
            the same to the bit as that of a training that was never stopped.
        report: gets an event a few times a second and a milestone at each epoch's end, which a
            training that goes on repeats for its last epoch: a kill may have swallowed it. What
            it raises (JobCancelledError) ends the training; the last checkpoint stays.
        index: the rows of `images` to train on, all by default. `Batch.index` counts these rows.
        features: (N,F) float16, may be memory-mapped: an encoder's, of the same rows as `images`,
            for a method that reads features; another one does not look at them.

    Returns: records {epoch (from 1), loss and its terms (means over the epoch, per image),
        images_per_second, seconds}, those before a resumption included; none without epochs.

    Raises:
        ValueError: an array does not fit the others or the method.
        TrainingError: the loss is no longer finite, or what `fit` set is not; the last good
            checkpoint stays.
        StateError: the checkpoint belongs to other settings.
        NeedsEncoderError: the method reads features, and there are none.
    """
    features = _checked_features(method, features, len(images))
    data = _training_set(method, images, index, labels, weights, gamma)
    data = replace(data, features=features)
    devices = resolve_devices(config.device)
    if method.trainable and len(devices) > 1:
        return train_together(devices, method, data, config, folder, report, resume)
    keep_freed_memory()
    with few_for(min(config.batch_size, len(data)) * math.prod(images.shape[1:])):
        if not method.trainable:
            fit_once(method, data, config, devices[0], folder, report)
            return []
        rank = Rank(devices[0], resolve_precision(devices[0], config.precision))
        return Loop(rank, method, data, config, folder, report).run(resume)


def _training_set(
    method: Method,
    images: np.ndarray,
    index: np.ndarray | None,
    labels: np.ndarray | None,
    weights: np.ndarray | None,
    gamma: float,
) -> TrainingSet:
    """The arguments as one record, or ValueError."""
    shape = method.shape
    wanted = (shape.height, shape.width, shape.channels)
    if images.dtype != np.uint8 or images.shape[1:] != wanted:
        raise ValueError(
            f"images must be uint8 of shape (N, {', '.join(map(str, wanted))}), as the method was "
            f"built for, got {images.dtype} of shape {images.shape}"
        )
    count = len(images)
    rows = np.arange(count) if index is None else np.asarray(index, dtype=np.int64)
    if len(rows) < 2:
        raise ValueError(f"training needs at least 2 images, got {len(rows)}")
    if rows.min() < 0 or rows.max() >= count:
        raise ValueError(
            f"index must be between 0 and {count - 1}, got {rows.min()} to {rows.max()}"
        )
    if not (math.isfinite(gamma) and gamma >= 0):
        raise ValueError(f"gamma must be 0 or more, got {gamma}")
    chosen = _aligned("labels", labels, count, -1)[rows].astype(np.int64)
    if chosen.min() < -1 or chosen.max() >= method.classes:
        raise ValueError(
            f"labels must be between -1 and {method.classes - 1}, "
            f"got {chosen.min()} to {chosen.max()}"
        )
    trust = _aligned("weights", weights, count, 1)[rows].astype(np.float32)
    if not ((trust >= 0) & (trust <= 1)).all():
        raise ValueError(f"weights must be between 0 and 1, got {trust.min()} to {trust.max()}")
    return TrainingSet(images, rows, chosen, trust, gamma)


def _checked_features(method: Method, features: np.ndarray | None, count: int) -> np.ndarray | None:
    """The features where the method reads them, else None; raises as `train` does."""
    if method.reads != "features":
        return None
    if features is None:
        raise NeedsEncoderError(method.name)
    if features.shape != (count, method.shape.features):
        raise ValueError(
            f"features must be of shape ({count}, {method.shape.features}), as the images and the "
            f"method that was built for them, got {features.shape}"
        )
    return features


def _aligned(name: str, values: np.ndarray | None, count: int, default: int) -> np.ndarray:
    if values is None:
        return np.full(count, default)
    if np.shape(values) != (count,):
        raise ValueError(
            f"{name} must have one entry for each of the {count} images, got {np.shape(values)}"
        )
    return np.asarray(values)
