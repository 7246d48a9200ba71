"""The labels that a round teaches: as propagated, with merges applied, without the audit."""

from dataclasses import dataclass

import numpy as np

from labeller.errors import StateError
from labeller.jobs.task import Task
from labeller.rounds.propagation import NO_LABEL
from labeller.store.files import read_labels
from labeller.store.project_rows import ProjectRows
from labeller.store.selections import set_aside


@dataclass(frozen=True, eq=False)
class TaughtLabels:
    """What may be trained on: labels (N,) int64 (-1 none) and weights (N,) of all images, and
    `index`, the training images without those of the audit.

    answers (N,) int64: the number of the answer that each label is from; seen (N,) bool: a person
    looked at the image itself and said its label.
    """

    labels: np.ndarray
    weights: np.ndarray
    index: np.ndarray
    answers: np.ndarray
    seen: np.ndarray


def taught_labels(task: Task, number: int) -> TaughtLabels:
    """The labels that round `number` gave, for training; raises StateError without a propagation.

    An image of the audit has label -1 and weight 0 and is not in `index`: a network that had
    learned the propagated label of an image by heart would be judged by it, not by what it knows.
    Labels that people gave in the audit are never read here. Nor is an image taught that was set
    aside.
    """
    task.restore_propagations()
    path = task.folder.propagation(number)
    if not path.exists():
        raise StateError("no labels were propagated yet; propagate the answers first")
    stored = read_labels(path, task.images.count)
    with task.store.read() as session:
        rows = ProjectRows(session, task.project, task.folder)
        merged, sure = rows.merged, rows.shown_of_sure()
        audited = np.array(sorted(row.image for row in rows.audit_images), np.int64)
        apart = np.union1d(audited, set_aside(rows))
    labels, weights = merged.apply(stored["labels"]).copy(), stored["weights"].copy()
    labels[apart], weights[apart] = NO_LABEL, 0.0
    seen = np.array(stored.get("looked", np.zeros(len(labels), bool)))
    for answer, shown in sure.items():
        images = np.asarray(shown)
        seen[images[stored["source"][images] == answer]] = True
    index = np.setdiff1d(task.images.train, apart)
    return TaughtLabels(labels, weights, index, stored["source"], seen & (labels >= 0))
