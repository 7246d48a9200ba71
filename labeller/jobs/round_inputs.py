"""Reads for a round which images it asks about; `rounds.questions` decides about them."""

from dataclasses import dataclass

import numpy as np

from labeller.config import RoundConfig
from labeller.jobs.features import read_by
from labeller.jobs.model_files import (
    compared,
    fingerprint,
    neighbours_of,
    points_of,
    predictions_of,
    space_points,
)
from labeller.jobs.task import Task
from labeller.jobs.teach_student import BELIEF
from labeller.rounds.questions.candidates import Candidates, clusters_among, most_uncertain
from labeller.rounds.questions.uncertainty import (
    disagreement,
    disagreement_among,
    merged_belief,
    unanswered,
    uncertainty,
)
from labeller.rounds.spaces import embed, space_of
from labeller.store.files import read_array, read_arrays, read_labels, write_arrays
from labeller.store.project_rows import ProjectRows
from labeller.store.selections import set_aside


def candidates(
    task: Task, model: int, number: int, config: RoundConfig, *, opened: bool = False
) -> Candidates:
    """The images that a round asks about: what the student is unsure of, or else all of them.

    Without those that were set aside. `opened`: the round is there already, and images that were
    added or set aside since wait for the next.
    """
    task.restore_propagations()
    uncertain = _uncertain(task, model, number, config)
    if uncertain is not None:
        return uncertain
    points = space_points(task, model, config, opened=opened)
    known, rows = _known_weights(task, number), np.arange(len(points))
    aside = np.zeros(0, np.int64) if opened else _set_aside(task)
    if len(aside):
        rows = np.flatnonzero(~np.isin(task.images.train[: len(points)], aside))
        points = points[rows]
    return Candidates(rows, points, config.cluster, known, everyone=True)


def _uncertain(task: Task, model: int, number: int, config: RoundConfig) -> Candidates | None:
    """The most uncertain training images in a space of the student's features, where the images
    that one mistake has in common lie together, which in the method's own latent they do not.

    None where the settings ask about all images, or there is no student yet.
    """
    if config.ask.choice != "uncertain":
        return None
    path, made_of = task.folder.candidates(number), np.array([model, config.ask.share])
    made_in = np.array(fingerprint(config))
    if path.exists():
        kept = read_arrays(path)
        # A round whose job was cancelled leaves its images; the next may have another model or
        # another space.
        same = np.array_equal(kept.get("made_of", made_of), made_of)
        if same and np.array_equal(kept.get("made_in", made_in), made_in):
            rows = kept["rows"]
            clusters = clusters_among(config, len(rows))
            return Candidates(rows, kept["points"], clusters, kept["known"])
        path.unlink()
    student = _student(task, model, config)
    if student is None:
        return None
    unsure = student.uncertainty * unanswered(
        task.images.count, _unlearnt_weights(task, model, number)
    )
    train, aside = task.images.train, _set_aside(task)
    unsure[aside] = 0.0
    rows = most_uncertain(unsure[train], config.ask)
    rows = rows[~np.isin(train[rows], aside)]  # where few are left, they are among the most
    if student.features is None:
        points = points_of(task, model, train[rows], config)
    else:
        space, features = space_of(config.embed).for_few(len(rows)), student.features[train[rows]]
        points = embed(features, space, seed=config.train.seed + number, report=task.report)
    known = (1.0 - unsure).astype(np.float32)
    made = {"made_of": made_of, "made_in": made_in}
    write_arrays(path, {"rows": rows, "points": points, "known": known, **made})
    return Candidates(rows, points, clusters_among(config, len(rows)), known)


def _set_aside(task: Task) -> np.ndarray:
    """Numbers (n,) of the images that are set aside."""
    with task.store.read() as session:
        return set_aside(ProjectRows(session, task.project, task.folder))


@dataclass(frozen=True, eq=False)
class _Student:
    """How unsure the student of a model is: uncertainty (N,) in [0, 1], and the features (N, F)
    that it learned, or None where it learns none: then the round's own space is the best there is.
    """

    uncertainty: np.ndarray
    features: np.ndarray | None


def _student(task: Task, model: int, config: RoundConfig) -> _Student | None:
    """What the student of `model` is unsure of; None without a student."""
    from labeller.rounds.encode import encode

    folder, predictions = task.folder.student(model), predictions_of(task, model)
    if predictions is None or not folder.exists():
        return None
    belief = merged_belief(read_array(folder / BELIEF), task.merged().final)
    certainty = read_array(task.folder.model(model) / "certainty.npy")
    student, features = task.warm.method(folder), None
    train, other = task.images.train, np.zeros(len(predictions))
    if student.reads == "features" and config.embed.of == "features":
        points = compared(task, model, config)[train]
        near = neighbours_of(task, model, config, points).indices
        other[train] = disagreement_among(near, predictions[train])
    else:
        values = read_by(student, task, config)
        features = encode(student, values, device=task.warm.device, report=task.report)
        other[train] = disagreement(features[train], predictions[train], report=task.report)
    return _Student(uncertainty(belief, predictions, certainty, other), features)


def _unlearnt_weights(task: Task, model: int, number: int) -> list[np.ndarray]:
    """The weights of each statement since that which the model learnt from."""
    learnt = task.model(model).taught_by or 0
    paths = [task.folder.statement(earlier) for earlier in range(learnt + 1, number)]
    count = task.images.count
    return [read_labels(path, count)["weights"] for path in paths if path.exists()]


def _known_weights(task: Task, number: int) -> np.ndarray | None:
    """The weight of each image's label from the rounds before, or None in the first."""
    for earlier in range(number - 1, 0, -1):
        path = task.folder.propagation(earlier)
        if path.exists():
            return read_labels(path, task.images.count)["weights"]
    return None
