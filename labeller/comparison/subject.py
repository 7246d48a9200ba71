"""The images that all cells of a comparison share, and who is trained on and tested. No torch."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from labeller.data.images import ImageStore
from labeller.errors import NeedsEncoderError
from labeller.runtime import drawn, stream_seed

if TYPE_CHECKING:
    from labeller.encoders import Encoder
    from labeller.methods.base import Method

HELD_OUT = 0.2  # of the images, where the source brings no test images


@dataclass(frozen=True, eq=False)
class Subject:
    """What all cells of a comparison share: images (N, H, W, C), classes and who is tested.

    `targets` (N,) int64 with -1 unknown, or None where too few are known to score anything (see
    `scorable`); `train`, `test` are rows of the images. `features` (N, F) float16 are an encoder's,
    for methods that read those, and `parts` how many of them each of its layers gives.
    """

    images: np.ndarray
    targets: np.ndarray | None
    classes: int
    train: np.ndarray
    test: np.ndarray
    features: np.ndarray | None = None
    parts: tuple[int, ...] = ()

    @classmethod
    def of(cls, store: ImageStore, targets: np.ndarray | None, most: int = 0) -> "Subject":
        """The images of a store; without test images a fifth is held out. `most` 0: all train."""
        train, test = store.train, store.test
        draws = np.random.default_rng(stream_seed(0, "comparison/images"))
        if not len(test):
            order = draws.permutation(train)
            cut = max(1, int(len(order) * HELD_OUT))
            test, train = np.sort(order[:cut]), np.sort(order[cut:])
        if most and len(train) > most:
            train = np.sort(draws.choice(train, most, replace=False))
        enough = targets is not None and scorable(targets[train], targets[test])
        classes = max(1, len(store.classes), int(targets.max()) + 1 if targets is not None else 0)
        return cls(store.images, targets if enough else None, classes, train, test)

    def seen_by(self, encoder: "Encoder", features: np.ndarray) -> "Subject":
        """The same images with their features by that encoder."""
        return replace(self, features=features, parts=encoder.parts)

    def read_by(self, method: "Method") -> np.ndarray:
        """What the method reads of all images: the images, or their features.

        Raises NeedsEncoderError for a method that reads features where there are none.
        """
        if method.reads == "images":
            return self.images
        if self.features is None:
            raise NeedsEncoderError(method.name)
        return self.features


def scorable(train: np.ndarray, test: np.ndarray) -> bool:
    """Whether a probe can learn from targets (n,) and be tested on others (m,), -1 unknown.

    That takes two classes to learn and an image with a known class to test.
    """
    return len(np.unique(train[train >= 0])) >= 2 and bool((test >= 0).any())


def thinned(rows: np.ndarray, most: int, stream: str) -> np.ndarray:
    """At most `most` of the rows, ascending, the same for every cell."""
    return drawn(rows, most, 0, f"comparison/{stream}")
