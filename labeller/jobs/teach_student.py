"""The part of a retraining that teaches the student (`rounds.student` says what it learns)."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from labeller.config import RoundConfig
from labeller.encoders import encoder_of
from labeller.errors import NeedsEncoderError
from labeller.jobs.features import features_of
from labeller.jobs.task import Task
from labeller.jobs.taught_labels import TaughtLabels
from labeller.store.files import read_array, read_labels, write_array
from labeller.store.schema import Answer

if TYPE_CHECKING:
    from labeller.rounds.student import Taught

BELIEF = "belief.npy"


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

    On features it is a new one each time, which takes seconds. A student of pixels goes on, but one
    that most of the new labels contradict has nothing to go on from: a new one is trained. Writes
    its weights and its belief (N, K); an unfinished training goes on from its checkpoint.
    """
    from labeller.rounds.student import LabelledSet, train_student
    from labeller.training import save_method

    folder = task.folder.student(model)
    if (folder / "weights.safetensors").exists():
        return
    if learns_from_features(config):
        _teach_linear(task, config, folder, labels)
        return
    start, fresh = _start(task, before, taught_by, labels)
    labelled_set = LabelledSet(
        images=task.images.images,
        labels=labels.labels,
        weights=labels.weights,
        index=labels.index,
        classes=task.classes,
        fresh=fresh,
    )
    taught = train_student(
        labelled_set,
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


def learns_from_features(config: RoundConfig) -> bool:
    """Whether the student is the linear one; raises NeedsEncoderError where it cannot be."""
    features = bool(encoder_of(config.encode).features)
    if config.student.network == "linear" and not features:
        raise NeedsEncoderError("the linear student")
    return features and config.student.network in ("auto", "linear")


def _teach_linear(task: Task, config: RoundConfig, folder: Path, labels: TaughtLabels) -> None:
    import torch

    from labeller.methods import registry
    from labeller.methods.base import ImageShape
    from labeller.methods.linear_student import SAMPLE, LinearStudent
    from labeller.rounds.encode import classify, encode
    from labeller.rounds.linear_student import LabelledSet, learn
    from labeller.training import save_method

    features, images = features_of(task, config), task.images
    assert features is not None
    seed, device = config.train.seed, task.device(config.train.device)
    shape = ImageShape(images.channels, images.height, images.width, features.shape[1])
    settings = {"parts": encoder_of(config.encode).parts}
    student = registry.build(LinearStudent.name, settings, shape, task.classes, seed=seed)
    assert isinstance(student, LinearStudent)
    places = np.linspace(0, len(images.train) - 1, min(len(images.train), SAMPLE)).astype(int)
    student.prepare(torch.from_numpy(features[images.train[places]]))

    rows = labels.index[labels.weights[labels.index] > 0]
    labelled_set = LabelledSet(
        points=encode(student, features[rows], device=device),
        labels=labels.labels[rows],
        weights=labels.weights[rows],
        answers=labels.answers[rows],
        seen=labels.seen[rows],
    )
    choose = config.student.choose
    regression = learn(labelled_set, student.classes, choose=choose, seed=seed, report=task.report)
    with torch.no_grad():
        student.head.weight.copy_(torch.from_numpy(regression.weight))
        student.head.bias.copy_(torch.from_numpy(regression.bias))
    write_array(folder / BELIEF, classify(student, features, device=device, report=task.report))
    save_method(student, folder)  # last: its file says that the student is complete


def _start(
    task: Task, before: int, taught_by: int, labels: TaughtLabels
) -> tuple["Taught | None", np.ndarray | None]:
    """The student of the model `before`, which is trained on, and whose labels are new to it (N,)
    bool; None and None where there is none, or most of the new labels contradict it.
    """
    from labeller.methods.student import Student
    from labeller.rounds.student import Taught, contradicted
    from labeller.training import load_method

    folder = task.folder.student(before)
    if not (folder / "weights.safetensors").exists():
        return None, None
    network = load_method(folder)
    assert isinstance(network, Student)
    fresh = _fresh(task, taught_by)
    predictions = read_array(task.folder.model(before) / "predictions.npy")
    taught_anew = fresh & np.isin(np.arange(len(fresh)), labels.index)
    if contradicted(predictions, labels.labels, labels.weights, taught_anew):
        return None, None
    return Taught(network, read_array(folder / BELIEF)), fresh


def _fresh(task: Task, taught_by: int) -> np.ndarray:
    """Whose label comes from an answer of the round itself (N,) bool."""
    source = read_labels(task.folder.propagation(taught_by), task.images.count)["source"]
    with task.store.read() as session:
        query = select(Answer.number).where(
            Answer.project_id == task.project_id, Answer.round == taught_by
        )
        numbers = list(session.scalars(query))
    return np.isin(source, numbers)
