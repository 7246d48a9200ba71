"""The features of a project's images by the encoder that it chose: computed once, then read."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from filelock import FileLock

from labeller.config import RoundConfig
from labeller.data.images import ImageStore
from labeller.data.sealed import intact_array
from labeller.data.squares import squares
from labeller.encoders import Encoder, encoder_of
from labeller.encoders.encoding import directions, encoded
from labeller.errors import NeedsEncoderError
from labeller.events import Progress, Report, silent
from labeller.jobs.task import Task
from labeller.store.features import FeatureFile, features_elsewhere
from labeller.store.files import read_array, write_array

if TYPE_CHECKING:
    from labeller.methods.base import Method

STAGE = "encode-features"
Known = Mapping[bytes, np.ndarray]  # features (F,) by the digest of the picture


def features_of(task: Task, config: RoundConfig) -> np.ndarray | None:
    """The features (N, F) float16 of all images, on the disk; None where the encoder has none.

    What is not there yet is computed on the task's device, with progress, and kept for every later
    job. Pictures that the same encoder saw in any project of the workspace are not encoded again.
    Raises DataError where weights cannot be had or a file of features is not of these images.
    """
    encoder = encoder_of(config.encode, task.device(config.train.device))
    return features_by(encoder, task) if encoder.features else None


def features_by(encoder: Encoder, task: Task) -> np.ndarray:
    """The same by that encoder, which has some."""
    return computed_once(
        task.images,
        encoder,
        FeatureFile(task.folder, encoder.digest),
        known=lambda: features_elsewhere(task.store, task.folder, encoder.digest),
        report=task.report,
    )


def computed_once(
    images: ImageStore,
    encoder: Encoder,
    file: FeatureFile,
    *,
    known: Callable[[], Known] = dict,
    report: Report = silent,
) -> np.ndarray:
    """The features (N, F) float16 of all images in `file`, computed where they are not there yet.

    `known` is asked for features by the digest of the picture, which are not computed again. Goes
    on where it was stopped; raises DataError as `features_of` does.
    """
    features = file.read(images.count)
    if features is None:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.lock):  # another process may compute the same
            if file.read(images.count) is None:
                _compute(images, encoder, file, known, report)
        features = file.read(images.count)
        assert features is not None
    return features


def read_by(method: "Method", task: Task, config: RoundConfig) -> np.ndarray:
    """What the method reads of all images: pixels (N,H,W,C) uint8, or features (N,F) float16.

    Raises NeedsEncoderError for a method that reads features where there are none.
    """
    if method.reads == "images":
        images: np.ndarray = task.images.images
        return images
    features = features_of(task, config)
    if features is None:
        raise NeedsEncoderError(method.name)
    return features


def directions_of(task: Task, config: RoundConfig) -> np.ndarray:
    """The features of all images as points (N, M) whose distances compare them (`directions`).

    Raises NeedsEncoderError where there is no encoder.
    """
    encoder = encoder_of(config.encode)
    if not encoder.features:
        raise NeedsEncoderError(f"{config.embed.space} of features")
    path = task.folder.directions(encoder.digest)
    points = intact_array(path, "r")
    if points is None or len(points) != task.images.count:
        features = features_of(task, config)
        assert features is not None
        write_array(path, directions(features, encoder.last, task.images.train))
        points = read_array(path, "r")
    return points


def _compute(
    images: ImageStore,
    encoder: Encoder,
    file: FeatureFile,
    known: Callable[[], Known],
    report: Report,
) -> None:
    report(Progress(STAGE, 0, images.count, f"starting {encoder.title}"))
    ready = encoder.ready(images.names)
    if ready is not None:
        write_array(file.path, ready)
        return
    before = known()
    with file.part(images.count, encoder.features) as part:
        rows = part.missing
        pace = Pace(STAGE, encoder, images.count, images.count - len(rows))
        batches = encoded(encoder, lambda some: squares(images, some, encoder.size), rows, before)
        reused = 0
        for batch in batches:
            part.put(batch.rows, batch.features, batch.digests)
            reused += batch.known
            note = f", {reused:,} of them known from before" if reused else ""
            report(pace.after(len(batch.rows), note))
        part.finish()


class Pace:
    """How far an encoder is with `total` images, of which `done` were done before, and how fast."""

    def __init__(self, stage: str, encoder: Encoder, total: int, done: int = 0) -> None:
        self.stage, self.encoder, self.total, self.done = stage, encoder, total, done
        self.before, self.started = done, time.monotonic()

    def after(self, images: int, note: str = "") -> Progress:
        """The event after so many images more."""
        self.done += images
        speed = (self.done - self.before) / max(time.monotonic() - self.started, 1e-9)
        return Progress(
            self.stage,
            self.done,
            self.total,
            f"{self.encoder.title}: {self.done:,} of {self.total:,} images{note}",
            metrics={"images_per_second": speed, "seconds_left": (self.total - self.done) / speed},
        )
