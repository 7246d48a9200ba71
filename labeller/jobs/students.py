"""The part of a retraining that teaches the student, and what later steps read of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import select

from labeller.config import EmbedConfig, RoundConfig
from labeller.events import Report, silent
from labeller.jobs.labels import TaughtLabels
from labeller.jobs.task import Task
from labeller.rounds.graph import find_neighbours
from labeller.rounds.spaces.embed import embed
from labeller.store.classes import MergedLabels
from labeller.store.files import read_arrays, write_array
from labeller.store.schema import Answer

BELIEF = "belief.npy"
DIMENSIONS, NEIGHBOURS = 20, 15


@dataclass(frozen=True, eq=False)
class Doubt:
    """How unsure the student of a model is: uncertainty (N,) in [0, 1], features (N, F)."""

    uncertainty: np.ndarray
    features: np.ndarray


def teach_student(
    task: Task,
    config: RoundConfig,
    *,
    model: int,
    before: int,
    taught_by: int,
    labels: TaughtLabels,
) -> None:
    """Trains the student of `model` on from that of the model `before`, where there is one.

    A student that most of the new labels contradict has nothing to go on from: a new one is
    trained. Writes its weights and its belief (N, K); an unfinished training goes on from its
    checkpoint.
    """
    from labeller.rounds.student import Lesson, train_student
    from labeller.training import save_method

    folder = task.folder.student(model)
    if (folder / "weights.safetensors").exists():
        return
    start = _earlier_student(task.folder.student(before))
    fresh = None if start is None else _fresh(task, taught_by)
    if fresh is not None and _contradicted(task, before, labels, fresh):
        start = fresh = None
    lesson = Lesson(
        images=task.images.images,
        labels=labels.labels,
        weights=labels.weights,
        index=labels.index,
        classes=task.classes(),
        fresh=fresh,
    )
    taught = train_student(
        lesson,
        config.student,
        start=start,
        seed=config.train.seed + taught_by,
        device=task.device(config.train.device),
        precision=config.train.precision,
        folder=task.folder.model(model) / "checkpoints",
        resume=task.job.attempts > 1,
        report=task.report,
    )
    write_array(folder / BELIEF, taught.belief)
    save_method(taught.network, folder)  # last: its file says that the student is complete


def doubt(task: Task, model: int) -> Doubt | None:
    """What the student of `model` is unsure of; None without a student.

    1 - its belief in the class it would say now, plus half the share of the image's neighbours
    among its features that it calls another class, at most 1. An image that it never saw in
    training counts with its certainty instead of a belief.

    A third term, for a propagated label of weight w that the student contradicts, was tried and
    left out: the student has outvoted those labels, and is right about two thirds of them. Of the
    mistakes after ten answers on MNIST (seed 0) the 1,200 images doubted most hold 55.0 % without
    it, and 55.5, 54.8, 51.7 and 45.1 % with 0.1, 0.25, 0.5 and 1 times w.
    """
    from labeller.rounds.encode import encode

    folder = task.folder.student(model)
    if not (folder / "weights.safetensors").exists():
        return None
    merged = task.merged()
    belief = _joined(np.load(folder / BELIEF), merged)
    predictions = merged.apply(np.load(task.folder.model(model) / "predictions.npy"))
    certainty = np.load(task.folder.model(model) / "certainty.npy")
    believed = belief[np.arange(len(belief)), predictions]
    believed = np.where(belief.sum(axis=1) > 0, believed, certainty)
    student = task.warm.method(folder)
    features = encode(student, task.images.images, device=task.warm.device, report=task.report)
    unsure = 1.0 - believed
    train = task.images.train
    unsure[train] += 0.5 * disagreement(features[train], predictions[train], report=task.report)
    return Doubt(np.clip(unsure, 0.0, 1.0).astype(np.float32), features)


def _joined(belief: np.ndarray, merged: MergedLabels) -> np.ndarray:
    """Belief (N, K) in which a merged class counts as the one that it is merged into."""
    for label, target in merged.final.items():
        if label < belief.shape[1] and target < belief.shape[1]:
            belief[:, target] += belief[:, label]
            belief[:, label] = 0
    return belief


def disagreement(
    features: np.ndarray, predictions: np.ndarray, *, report: Report = silent
) -> np.ndarray:
    """The share (n,) of each image's nearest neighbours that are predicted to be another class.

    features (n, F), of which the first 20 principal components count; predictions (n,) int64. On
    MNIST after ten answers the 1,200 images of 60,000 that are doubted most hold 57 % of the
    student's mistakes with it and 49 % without (seed 0).
    """
    dimensions = min(DIMENSIONS, *features.shape)
    space = embed(features, EmbedConfig(space="pca", dimensions=dimensions), report=report)
    nearest = find_neighbours(space, NEIGHBOURS + 1, report=report).indices
    return (predictions[nearest] != predictions[:, None]).sum(1) / max(1, nearest.shape[1] - 1)


def _contradicted(task: Task, before: int, labels: TaughtLabels, fresh: np.ndarray) -> bool:
    """Whether less than half of the weight of the fresh labels is what was predicted before."""
    predictions = np.load(task.folder.model(before) / "predictions.npy")
    rows = labels.index[fresh[labels.index] & (labels.labels[labels.index] >= 0)]
    weights = labels.weights[rows]
    agreed = weights[predictions[rows] == labels.labels[rows]].sum()
    return bool(weights.sum() > 0 and agreed < 0.5 * weights.sum())


def _earlier_student(folder: Path):
    from labeller.methods.student import Student
    from labeller.rounds.student import Taught
    from labeller.training import load_method

    if not (folder / "weights.safetensors").exists():
        return None
    network = load_method(folder)
    assert isinstance(network, Student)
    return Taught(network, np.load(folder / BELIEF))


def _fresh(task: Task, taught_by: int) -> np.ndarray:
    """Whose label comes from an answer of the round itself (N,) bool."""
    source = read_arrays(task.folder.propagation(taught_by))["source"]
    with task.store.read() as session:
        query = select(Answer.number).where(
            Answer.project_id == task.project_id, Answer.round == taught_by
        )
        numbers = list(session.scalars(query))
    return np.isin(source, numbers)
