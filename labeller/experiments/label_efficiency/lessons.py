"""The student that every strategy teaches: that of the encoder's preset."""

from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.events import Report, silent


class StudentLearner:
    """`rounds.student` with the labels of the strategy, each at weight 1 and trusted to the end."""

    def __init__(self, config: RoundConfig, device: str = "auto", report: Report = silent) -> None:
        self.config = config.student.model_copy(update={"trust": 1.0})
        self.device, self.report = device, report

    @property
    def lesson(self) -> dict[str, Any]:
        """The settings of the student."""
        from labeller.rounds.student import SHARE

        return {**self.config.model_dump(mode="json"), "share": SHARE}

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, index: np.ndarray, classes: int, seed: int
    ) -> np.ndarray:
        """Probabilities (N, classes) of all images."""
        from labeller.rounds.student import Lesson, predict, train_student

        every = np.full(len(images), -1, np.int64)
        every[index] = labels
        lesson = Lesson(images, every, (every >= 0).astype(np.float32), index, classes)
        options: dict[str, Any] = {"device": self.device, "report": self.report}
        taught = train_student(lesson, self.config, seed=seed, **options)
        return predict(taught, images, **options)
