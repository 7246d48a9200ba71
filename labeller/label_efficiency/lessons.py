"""The student that every strategy teaches: that of the encoder's preset."""

from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.events import Report, silent

SHARE = 0.25  # of an epoch, at least, are images with a label


class StudentLearner:
    """`rounds.student` with the labels of the strategy, each at weight 1 and trusted to the end.

    A few labels among many images would hardly be seen in an epoch. So the student first learns
    from the labelled images alone, as many steps as an epoch has, then from all images in the
    epochs of a later round: the labelled ones repeated until they are a quarter of what it sees,
    the others by its own earlier answers. Where all images are labelled it is one plain training.
    """

    def __init__(self, config: RoundConfig, device: str = "auto", report: Report = silent) -> None:
        self.config = config.student.model_copy(update={"trust": 1.0})
        self.device, self.report = device, report

    @property
    def lesson(self) -> dict[str, Any]:
        """The settings of the student."""
        return {**self.config.model_dump(mode="json"), "share": SHARE}

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, index: np.ndarray, classes: int, seed: int
    ) -> np.ndarray:
        """Probabilities (N, classes) of all images."""
        from labeller.rounds.student import Lesson, Taught, predict, train_student

        every = np.full(len(images), -1, np.int64)
        every[index] = labels
        weights = (every >= 0).astype(np.float32)
        options: dict[str, Any] = {"seed": seed, "device": self.device, "report": self.report}
        known = index[labels >= 0]
        if len(known) >= SHARE * len(index):
            lesson = Lesson(images, every, weights, index, classes)
            taught = train_student(lesson, self.config, **options)
            return predict(taught, images, device=self.device, report=self.report)
        alone = self.config.model_copy(update={"epochs": 1})
        first = Lesson(images, every, weights, np.resize(known, len(index)), classes)
        taught = train_student(first, alone, **options)
        said = predict(taught, images, device=self.device, report=self.report)
        repeated = np.resize(known, round(len(index) * SHARE / (1 - SHARE)))
        both = Lesson(images, every, weights, np.concatenate([index, repeated]), classes)
        start = Taught(taught.network, said)
        taught = train_student(both, self.config, start=start, **options)
        return predict(taught, images, device=self.device, report=self.report)
