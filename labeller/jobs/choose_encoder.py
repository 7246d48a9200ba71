"""The part of an import that chooses what sees the pictures, from a sample of them."""

import numpy as np

from labeller.config import PHOTOS
from labeller.data.squares import squares
from labeller.encoders import Encoder, encoder_of
from labeller.encoders.choosing import SAMPLE, chosen, chosen_unseen
from labeller.encoders.encoding import Encoded, encoded
from labeller.events import Progress
from labeller.jobs.task import Task
from labeller.records import EncoderChoice
from labeller.store.features import FeatureFile

STAGE = "choose-encoder"


def choose_encoder(task: Task) -> EncoderChoice:
    """Pixels or a pretrained network, by the images that are to be labelled, not by their labels.

    At most SAMPLE of them, drawn evenly, are shown to the network: seconds on a free core. Their
    features are kept where the network is chosen, so that they are not computed again.
    """
    images = task.images
    side = int(np.median(images.shapes[images.train, :2].min(axis=1)))
    unseen = chosen_unseen(side, images.channels, len(images.train))
    if unseen is not None:
        return unseen
    count = min(SAMPLE, len(images.train))
    rows = images.train[np.linspace(0, len(images.train) - 1, count).round().astype(int)]
    encoder = encoder_of(PHOTOS, task.device("auto"))
    parts = _shown(task, encoder, rows)
    features = np.concatenate([part.features for part in parts])
    choice = chosen(images.images[rows], features[:, encoder.last], side)
    if choice.encoder == encoder.name:
        _keep(task, encoder, parts)
    return choice


def _shown(task: Task, encoder: Encoder, rows: np.ndarray) -> list[Encoded]:
    """What the network sees of these images, with progress."""
    parts: list[Encoded] = []
    done = 0
    words = f"comparing the pixels with {encoder.title} on {len(rows):,} images"
    task.report(Progress(STAGE, 0, len(rows), words))
    for part in encoded(encoder, lambda some: squares(task.images, some, encoder.size), rows):
        parts.append(part)
        done += len(part.rows)
        task.report(Progress(STAGE, done, len(rows), words))
    return parts


def _keep(task: Task, encoder: Encoder, parts: list[Encoded]) -> None:
    """A later job finds these rows done."""
    file = FeatureFile(task.folder, encoder.digest)
    with file.part(task.images.count, encoder.features) as growing:
        for part in parts:
            growing.put(part.rows, part.features, part.digests)
