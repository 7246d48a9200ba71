"""Step 7 of a round, in the preset `recommended`: a student learns from the weighted labels.

The method's own network gives the latents in which clusters are asked about; the student gives the
final labels, and says where the next questions pay (`labeller.methods.student`).
"""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from labeller.config import StudentConfig, TrainConfig
from labeller.events import Report, silent
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.methods.student import Student
from labeller.rounds.encode import classify
from labeller.training import train

COMPACT_UP_TO = 48  # pixels
SHARE = 0.25  # of what a student sees in an epoch, at least, are images with a label


@dataclass(frozen=True, eq=False)
class Taught:
    """A student, and its belief (N, K) float32 about each image: zeros where it saw none."""

    network: Student
    belief: np.ndarray


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """What a student is to learn from.

    images (N,H,W,C) uint8; labels (N,) int64, -1 none; weights (N,) float32 in [0, 1]; index (n,)
    the rows to train on; fresh (N,) bool, whose labels are new since the student's last training
    (None: all of them); classes: number of classes.
    """

    images: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    index: np.ndarray
    classes: int
    fresh: np.ndarray | None = None


def train_student(
    labelled_set: LabelledSet,
    config: StudentConfig,
    *,
    start: Taught | None = None,
    seed: int = 0,
    device: str = "auto",
    precision: str = "auto",
    folder: Path | None = None,
    resume: bool = False,
    report: Report = silent,
) -> Taught:
    """A student trained on `labelled_set`, from scratch or on from `start` (which changes).

    Images with a fresh label begin with a belief that is mixed with it: (1 - w) b + w y.

    Where fewer than a quarter of the images have a label, a new student first learns from those
    alone, as many steps as an epoch has, and then they are repeated until they are a quarter of
    what it sees: a few among many would hardly be seen.

    Raises ValueError where arrays do not fit each other, TrainingError as `train` does.
    """
    training = TrainConfig(
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        seed=seed,
        device=device,
        precision=precision,
    )
    run = partial(_train, config=config, training=training, resume=resume, report=report)
    index, count = labelled_set.index, len(labelled_set.index)
    labelled = index[(labelled_set.labels[index] >= 0) & (labelled_set.weights[index] > 0)]
    if not len(labelled) or len(labelled) >= SHARE * count:
        return run(labelled_set, start, folder)
    if start is None:
        alone = config.model_copy(update={"epochs": 1})
        first = replace(labelled_set, index=np.resize(labelled, count))
        taught = run(first, None, folder / "alone" if folder else None, config=alone)
        probabilities = predict(taught, labelled_set.images, device=device, report=report)
        start = Taught(taught.network, probabilities)
    repeated = np.resize(labelled, round(count * SHARE / (1 - SHARE)))
    return run(replace(labelled_set, index=np.concatenate([index, repeated])), start, folder)


def _train(
    labelled_set: LabelledSet,
    start: Taught | None,
    folder: Path | None,
    *,
    config: StudentConfig,
    training: TrainConfig,
    resume: bool,
    report: Report,
) -> Taught:
    if start is not None and len(start.belief) != len(labelled_set.images):
        raise ValueError(
            f"a student that goes on must see the {len(start.belief)} images of before,"
            f" got {len(labelled_set.images)}"
        )
    student = start.network if start else _new(labelled_set, config, training.seed)
    student.set_classes(labelled_set.classes)
    fresh = (
        np.ones(len(labelled_set.images), bool)
        if labelled_set.fresh is None
        else labelled_set.fresh
    )
    belief = _belief(labelled_set, start, fresh)
    index = labelled_set.index
    student.remember(torch.from_numpy(belief[index]), torch.from_numpy(fresh[index]))
    epochs = config.epochs_again if start else config.epochs
    train(
        student,
        labelled_set.images,
        training.model_copy(update={"epochs": epochs}),
        labels=labelled_set.labels,
        weights=labelled_set.weights,
        index=index,
        folder=folder,
        resume=resume,
        report=report,
    )
    belief[index] = student.forget().numpy()
    return Taught(student, belief)


def contradicted(
    predictions: np.ndarray, labels: np.ndarray, weights: np.ndarray, fresh: np.ndarray
) -> bool:
    """Whether less than half of the weight of the fresh labels is what was predicted before.

    Such a student has nothing to go on from: a new one is to be trained. predictions, labels
    (-1 none), weights and fresh (bool) are of all N images.
    """
    rows = np.flatnonzero(fresh & (labels >= 0))
    agreed = weights[rows][predictions[rows] == labels[rows]].sum()
    total = weights[rows].sum()
    return bool(total > 0 and agreed < 0.5 * total)


def predict(
    taught: Taught, images: np.ndarray, *, device: str = "auto", report: Report = silent
) -> np.ndarray:
    """Class probabilities (N, K) float32 of images (N,H,W,C) uint8."""
    return classify(taught.network, images, device=device, report=report)


def _new(labelled_set: LabelledSet, config: StudentConfig, seed: int) -> Student:
    height, width, channels = labelled_set.images.shape[1:]
    network, augmentation = config.network, config.augmentation
    if network == "auto":
        network = "compact" if max(height, width) <= COMPACT_UP_TO else "resnet18"
    if augmentation == "auto":
        augmentation = "photos" if channels == 3 else "shapes"
    kept = {"smoothing", "trust", "consistency"}
    settings = {"network": network, "augmentation": augmentation, **config.model_dump(include=kept)}
    shape = ImageShape(channels, height, width)
    student = registry.build(Student.name, settings, shape, labelled_set.classes, seed=seed)
    assert isinstance(student, Student)
    return student


def _belief(labelled_set: LabelledSet, start: Taught | None, fresh: np.ndarray) -> np.ndarray:
    """What is believed at the start: nothing, or what was, corrected by the fresh labels."""
    belief = np.zeros((len(labelled_set.images), labelled_set.classes), np.float32)
    if start is None:
        return belief
    belief[:, : start.belief.shape[1]] = start.belief
    rows = np.flatnonzero(fresh & (labelled_set.labels >= 0))
    belief[rows] *= (1 - labelled_set.weights[rows])[:, None]
    belief[rows, labelled_set.labels[rows]] += labelled_set.weights[rows]
    return belief
