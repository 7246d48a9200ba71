"""The part of a retraining that teaches the student (`rounds.student` says what it learns)."""

from pathlib import Path

import numpy as np
from sqlalchemy import select

from labeller.config import RoundConfig
from labeller.jobs.task import Task
from labeller.jobs.taught_labels import TaughtLabels
from labeller.store.files import read_arrays, write_array
from labeller.store.schema import Answer

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

    A student that most of the new labels contradict has nothing to go on from: a new one is
    trained. Writes its weights and its belief (N, K); an unfinished training goes on from its
    checkpoint.
    """
    from labeller.rounds.student import Lesson, contradicted, train_student
    from labeller.training import save_method

    folder = task.folder.student(model)
    if (folder / "weights.safetensors").exists():
        return
    start = _earlier_student(task.folder.student(before))
    fresh = None if start is None else _fresh(task, taught_by)
    if fresh is not None:
        said = np.load(task.folder.model(before) / "predictions.npy")
        taught_anew = fresh & np.isin(np.arange(len(fresh)), labels.index)
        if contradicted(said, labels.labels, labels.weights, taught_anew):
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
