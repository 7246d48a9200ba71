"""Who is taught by the labels of a strategy: the students, on images or on features."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from scipy.special import softmax

from labeller.config import RoundConfig
from labeller.events import Report, silent
from labeller.experiments.label_efficiency.linear import (
    DEFAULT,
    FOLDS,
    STRENGTHS,
    fit_linear,
    held_out,
)
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.methods.linear_student import SAMPLE, LinearStudent
from labeller.rounds import linear_student as on_features
from labeller.rounds import student as on_images
from labeller.rounds.encode import encode

if TYPE_CHECKING:
    from labeller.experiments.label_efficiency.pool import Source

BETTER = "better"
STUDENTS = ("linear", "product", BETTER)


@dataclass(frozen=True, eq=False)
class LabelledSet:
    """What a student is taught by: inputs, of which the rows `index` have labels (n,), -1 none.

    inputs are images uint8 (N, H, W, C), or points (N, D) where the pool has features.
    """

    inputs: np.ndarray
    labels: np.ndarray
    index: np.ndarray
    classes: int
    seed: int

    @property
    def known(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows (m,) of the inputs that have a label, and these labels."""
        labelled = self.labels >= 0
        return self.index[labelled], self.labels[labelled]


class Learner(Protocol):
    """Teaches a classifier; `settings` are JSON-able: with others, its results are others."""

    @property
    def settings(self) -> dict[str, Any]:
        """What its results depend on besides the labels."""
        ...

    def __call__(self, data: LabelledSet, /) -> np.ndarray:
        """Probabilities (N, classes) of all inputs."""
        ...


class FeatureLearner(ABC):
    """A `Learner` of features that may be asked about some rows alone."""

    settings: dict[str, Any]

    @abstractmethod
    def of(self, rows: np.ndarray | slice, data: LabelledSet) -> np.ndarray:
        """Probabilities (n, classes) of these rows of the inputs."""

    def __call__(self, data: LabelledSet) -> np.ndarray:
        """Probabilities (N, classes) of all inputs."""
        return self.of(slice(None), data)


class StudentLearner:
    """`rounds.student` with the labels of the strategy, each at weight 1 and trusted to the end."""

    def __init__(self, config: RoundConfig, device: str = "auto", report: Report = silent) -> None:
        self.config = config.student.model_copy(update={"trust": 1.0})
        self.settings = {**self.config.model_dump(mode="json"), "share": on_images.SHARE}
        self.options: dict[str, Any] = {"device": device, "report": report}

    def __call__(self, data: LabelledSet) -> np.ndarray:
        """Probabilities (N, classes) of all images."""
        images, every = data.inputs, np.full(len(data.inputs), -1, np.int64)
        every[data.index] = data.labels
        weights = (every >= 0).astype(np.float32)
        labelled = on_images.LabelledSet(images, every, weights, data.index, data.classes)
        taught = on_images.train_student(labelled, self.config, seed=data.seed, **self.options)
        return on_images.predict(taught, images, **self.options)


class LinearLearner(FeatureLearner):
    """Teaches the linear student of `fit_linear`."""

    def __init__(self) -> None:
        self.settings = {
            "linear": 1,
            "strengths": STRENGTHS,
            "default": DEFAULT,
            "folds": FOLDS,
        }

    def of(self, rows: np.ndarray | slice, data: LabelledSet) -> np.ndarray:
        """Probabilities (n, classes) of these rows of the inputs."""
        known, labels = data.known
        taught = fit_linear(data.inputs[known], labels, data.classes, seed=data.seed)
        return taught(data.inputs[rows])


class ProductLearner(FeatureLearner):
    """The student of a project with an encoder, taught by single images that a person saw.

    It learns from its own points (N, C) of the same images, in place of the pool's.
    """

    def __init__(self, points: Callable[[], np.ndarray]) -> None:
        self._points = points
        self.settings = {"product": 1, "penalties": on_features.PENALTIES}

    def of(self, rows: np.ndarray | slice, data: LabelledSet) -> np.ndarray:
        """Probabilities (n, classes) of these rows of the inputs."""
        points, (known, labels) = self._points(), data.known
        labelled_set = on_features.LabelledSet(
            points=points[known],
            labels=labels,
            weights=np.ones(len(known), np.float32),
            answers=np.arange(len(known)),
            seen=np.ones(len(known), bool),
        )
        student = on_features.learn(labelled_set, data.classes, seed=data.seed)
        logits = points[rows] @ student.weight.T + student.bias
        probabilities: np.ndarray = softmax(logits, axis=1)
        return probabilities


class Better:
    """The student, of two, that tells more of the labelled images when each is held out once."""

    def __init__(self, first: FeatureLearner, second: FeatureLearner) -> None:
        """`first` is taken where there are too few labels to tell, and where both are as good."""
        self.first, self.second = first, second
        self.settings = {"better": 1, "first": first.settings, "second": second.settings}

    def __call__(self, data: LabelledSet) -> np.ndarray:
        """Probabilities (N, classes) of all inputs."""
        return (self.second if self._second_is_better(data) else self.first)(data)

    def _second_is_better(self, data: LabelledSet) -> bool:
        labels = data.labels
        known = np.flatnonzero(labels >= 0)
        folds, held = held_out(labels[known], data.seed)
        right = [0, 0]
        for fold in range(FOLDS) if held.any() else ():
            judged = known[held & (folds == fold)]
            taught = np.full_like(labels, -1)
            taught[known[folds >= 0]] = labels[known[folds >= 0]]
            taught[judged] = -1
            for place, learner in enumerate((self.first, self.second)):
                answers = learner.of(data.index[judged], replace(data, labels=taught))
                right[place] += int((answers.argmax(axis=1) == labels[judged]).sum())
        return right[1] > right[0]


def student(name: str, points: Callable[[], np.ndarray]) -> Learner:
    """The student of that name, one of STUDENTS; `points` gives what the product's sees (N, C)."""
    linear, product = LinearLearner(), ProductLearner(points)
    every: dict[str, Learner] = {"linear": linear, "product": product}
    return {**every, BETTER: Better(linear, product)}[name]


def product_points(values: np.ndarray, parts: tuple[int, ...], source: "Source") -> np.ndarray:
    """u (N, C) of `methods/linear_student.py`, of features (N, F) with layers `parts`."""
    store, train = source.store, source.train
    shape = ImageShape(store.channels, store.height, store.width, values.shape[1])
    network = registry.build(LinearStudent.name, {"parts": parts}, shape, source.classes, seed=0)
    assert isinstance(network, LinearStudent)
    places = np.linspace(0, len(train) - 1, min(len(train), SAMPLE)).astype(int)
    network.prepare(torch.from_numpy(np.asarray(values[train[places]])))
    return encode(network, np.asarray(values), device="cpu")
