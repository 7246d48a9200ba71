"""What all strategies of one seed share: images, latents, space, and the student's lessons.

All of it is kept in the cache folder, so that it is computed once whatever is run again.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config import EmbedConfig, RoundConfig
from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.errors import StateError
from labeller.evaluation.targets import read_targets
from labeller.events import Report, silent
from labeller.experiments.label_efficiency.learners import LabelledSet, Learner
from labeller.methods import registry
from labeller.methods.base import ImageShape
from labeller.rounds.encode import encode
from labeller.rounds.spaces import embed
from labeller.runtime import stream_seed
from labeller.store.files import write_array
from labeller.training import train


class Source:
    """The images of a source with their true classes, in an image store below `folder`.

    Raises ValueError for a source without true classes or without test images.
    """

    def __init__(
        self,
        source: str,
        folder: Path,
        *,
        size: int | None = None,
        data_dir: str | Path | None = None,
        report: Report = silent,
    ) -> None:
        place = folder / f"images-{short({'source': source, 'size': size})}"
        if not place.exists():
            ingest(source, place, size=size, data_dir=data_dir, report=report)
        self.store = ImageStore(place)
        targets = read_targets(place)
        if targets is None:
            raise ValueError("a benchmark needs true classes: give a source with class folders")
        if not len(self.store.test):
            raise ValueError("a benchmark needs test images: give a source with train/ and test/")
        self.targets = targets
        self.classes = len(self.store.classes)
        labelled = self.store.train[targets[self.store.train] >= 0]
        if len(labelled) < len(self.store.train):
            raise StateError(
                f"{len(self.store.train) - len(labelled)} training images have no true class; "
                "a benchmark needs all of them"
            )

    @property
    def train(self) -> np.ndarray:
        """(n,) int64, rows of the pool."""
        return self.store.train

    def accuracy(self, probabilities: np.ndarray) -> float:
        """Share of the test images with a true class whose most probable class is right."""
        test = self.store.test[self.targets[self.store.test] >= 0]
        return float((probabilities[test].argmax(axis=1) == self.targets[test]).mean())


@dataclass(eq=False)
class Pool:
    """One seed's latents and space of the training images, and what its students say.

    The seed and the device are those of `config.train`.
    """

    source: Source
    config: RoundConfig
    cache: Path
    learner: Learner
    report: Report = silent

    @property
    def seed(self) -> int:
        """That of the latents, the space and the students."""
        return self.config.train.seed

    @cached_property
    def folder(self) -> Path:
        """Where all of it is kept."""
        recipe = {**self._recipe(), "images": self.source.store.folder.name}
        return self.cache / f"seed-{self.seed}-{short(recipe)}"

    @cached_property
    def latents(self) -> np.ndarray:
        """(n, D) float32, of one training without labels."""
        return self._kept("latents", self._encode)

    @cached_property
    def space(self) -> np.ndarray:
        """(n, M) float32, the latents' UMAP."""
        config = self.config.embed if self.config.embed.space == "umap" else EmbedConfig()
        name = f"space-{short(config.model_dump(mode='json'))}"
        return self._kept(
            name, lambda: embed(self.latents, config, seed=self.seed, report=self.report)
        )

    @property
    def inputs(self) -> np.ndarray:
        """What the student learns from, one row per image: here the images themselves."""
        images: np.ndarray = self.source.store.images
        return images

    def taught(self, labels: np.ndarray) -> np.ndarray:
        """Probabilities (N, K) of all images from a student of labels (n,) of the pool, -1 none."""
        return self._taught(self.learner, self.inputs, labels)

    def outsider(self, learner: Learner, labels: np.ndarray) -> np.ndarray:
        """The same from a student that knows nothing of latents and features: images alone."""
        return self._taught(learner, self.source.store.images, labels)

    def _taught(self, learner: Learner, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
        digest = hashlib.sha256(np.ascontiguousarray(labels, np.int64).tobytes()).hexdigest()[:16]
        source = self.source
        data = LabelledSet(inputs, labels, source.train, source.classes, self.seed)
        name = f"student-{short(learner.settings)}-{digest}"
        return self._kept(name, lambda: learner(data).astype(np.float32))

    def _recipe(self) -> dict[str, Any]:
        """What the latents depend on besides the images."""
        config = self.config
        return {
            "method": config.method,
            "method_config": config.method_config,
            "train": config.train.model_dump(mode="json", exclude={"device"}),
        }

    def _encode(self) -> np.ndarray:
        store, config = self.source.store, self.config
        shape = ImageShape(store.channels, store.height, store.width)
        method = registry.build(
            config.method, config.method_config, shape, self.source.classes, seed=self.seed
        )
        train(method, store.images, config.train, index=store.train, report=self.report)
        images = store.images[store.train]
        return encode(method, images, device=config.train.device, report=self.report)

    def _kept(
        self, name: str, make: Callable[[], np.ndarray], folder: Path | None = None
    ) -> np.ndarray:
        path = (folder or self.folder) / f"{name}.npy"
        if not path.exists():
            write_array(path, make())
        values: np.ndarray = np.load(path)
        return values


def answer_images(
    targets: np.ndarray, rows: np.ndarray, classes: int, *, error_rate: float, seed: int
) -> np.ndarray:
    """The class that the expert says of each image `rows` (n,): (n,) int64 in [0, classes).

    targets (N,) int64 are the true classes. With probability `error_rate` the answer is one of the
    other classes, evenly drawn; the same image with the same seed gets the same answer, whoever
    asks.
    """
    draws = np.random.default_rng(stream_seed(seed, "wrong-images"))
    wrong = draws.random(len(targets)) < error_rate
    other = draws.integers(1, max(classes, 2), len(targets))
    true = targets[rows]
    answers: np.ndarray = np.where(wrong[rows], (true + other[rows]) % classes, true).astype(
        np.int64
    )
    return answers


def nearest_labels(space: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Labels (n,) of all images: each that of the nearest labelled image in the space."""
    from sklearn.neighbors import KNeighborsClassifier

    labelled = labels >= 0
    nearest: np.ndarray = (
        KNeighborsClassifier(1).fit(space[labelled], labels[labelled]).predict(space)
    )
    return nearest


def short(value: Any) -> str:
    """A short name for plain settings: other settings, another name."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:10]
