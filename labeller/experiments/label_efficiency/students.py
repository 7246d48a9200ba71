"""The students of the strategies on features: two good ones, and the better of both.

Which is better is asked of the labelled images alone: each is held out once, as in `linear`, and
the student that tells more of them is taught with all. Where there are too few to hold any out it
is `linear`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from labeller.experiments.label_efficiency.linear import FOLDS, LinearLearner, held_out
from labeller.experiments.label_efficiency.pool import (
    FeatureLearner,
    Learner,
    Source,
    TrainingLabels,
)

BETTER = "better"
STUDENTS = ("linear", "product", BETTER)


def student(name: str, points: Callable[[], np.ndarray]) -> Learner:
    """The student of that name, one of STUDENTS; `points` gives what the product's sees (N, C)."""
    linear, product = LinearLearner(), ProductLearner(points)
    every: dict[str, Learner] = {"linear": linear, "product": product}
    return {**every, BETTER: Better(linear, product)}[name]


class ProductLearner(FeatureLearner):
    """The student of a project with an encoder, taught by single images that a person saw.

    It learns from its own points (N, C) of the same images, in place of the pool's.
    """

    def __init__(self, points: Callable[[], np.ndarray]) -> None:
        self._points = points

    @property
    def lesson(self) -> dict[str, Any]:
        """The settings of the student."""
        from labeller.rounds.linear_student import PENALTIES

        return {"product": 1, "penalties": PENALTIES}

    def of(self, asked: np.ndarray | slice, taught: TrainingLabels) -> np.ndarray:
        """Probabilities (n, classes) of the images `asked`."""
        from scipy.special import softmax

        from labeller.rounds.linear_student import Lesson, learn

        points, labelled = self._points(), taught.labels >= 0
        count = int(labelled.sum())
        lesson = Lesson(
            points=points[taught.index[labelled]],
            labels=taught.labels[labelled],
            weights=np.ones(count, np.float32),
            answers=np.arange(count),
            seen=np.ones(count, bool),
        )
        found = learn(lesson, taught.classes, seed=taught.seed)
        said: np.ndarray = softmax(points[asked] @ found.weight.T + found.bias, axis=1)
        return said


class Better:
    """The student, of two, that tells more of the labelled images when they are held out."""

    def __init__(self, first: FeatureLearner, second: FeatureLearner) -> None:
        """`first` is taken where there are too few labels to tell, and where both are as good."""
        self.first, self.second = first, second

    @property
    def lesson(self) -> dict[str, Any]:
        """The settings of both."""
        return {"better": 1, "first": self.first.lesson, "second": self.second.lesson}

    def __call__(
        self, inputs: np.ndarray, labels: np.ndarray, index: np.ndarray, classes: int, seed: int
    ) -> np.ndarray:
        """Probabilities (N, classes) of all images; arguments as in `Learner`."""
        taught = TrainingLabels(inputs, labels, index, classes, seed)
        learner = self.second if self._second_is_better(taught) else self.first
        return learner.of(slice(None), taught)

    def _second_is_better(self, taught: TrainingLabels) -> bool:
        labels = taught.labels
        known = np.flatnonzero(labels >= 0)
        folds, held = held_out(labels[known], taught.seed)
        right = [0, 0]
        for fold in range(FOLDS) if held.any() else ():
            judged = known[held & (folds == fold)]
            others = np.full_like(labels, -1)
            others[known[folds >= 0]] = labels[known[folds >= 0]]
            others[judged] = -1
            for place, learner in enumerate((self.first, self.second)):
                said = learner.of(taught.index[judged], replace(taught, labels=others))
                right[place] += int((said.argmax(axis=1) == labels[judged]).sum())
        return right[1] > right[0]


def product_points(values: np.ndarray, parts: tuple[int, ...], source: Source) -> np.ndarray:
    """u (N, C) of `methods/linear_student.py`, of features (N, F) with layers `parts`."""
    import torch

    from labeller.methods import registry
    from labeller.methods.base import ImageShape
    from labeller.methods.linear_student import SAMPLE, LinearStudent
    from labeller.rounds.encode import encode

    store, train = source.store, source.train
    shape = ImageShape(store.channels, store.height, store.width, values.shape[1])
    network = registry.build(LinearStudent.name, {"parts": parts}, shape, source.classes, seed=0)
    assert isinstance(network, LinearStudent)
    places = np.linspace(0, len(train) - 1, min(len(train), SAMPLE)).astype(int)
    network.prepare(torch.from_numpy(np.asarray(values[train[places]])))
    return encode(network, np.asarray(values), device="cpu")
