"""The handwritten digits that ship with scikit-learn."""

from pathlib import Path

import numpy as np

from labeller.data.feed import Feed, Part, feed_parts
from labeller.data.sources.registry import NamedSource, register
from labeller.events import Report


@register
class Digits(NamedSource):
    """1,797 grey digits of 8 by 8 pixels; every fifth image of each class is held out."""

    name = "digits"
    title = "Handwritten digits (scikit-learn)"
    rank = 0
    count, size, channels = 1797, 8, 1

    def open(self, size: int | None, data_dir: Path, report: Report) -> Feed:
        """Nothing is downloaded: they lie beside scikit-learn's code."""
        return feed_parts(_parts(), [str(digit) for digit in range(10)], size)


def _parts() -> list[Part]:
    """Grey 0..16 scaled to 0..255; every fifth image of each class is held out.

    scikit-learn keeps the writers in order, so every fifth image spreads over all of them.
    """
    from sklearn.datasets import load_digits  # brings scipy along: only when asked for

    images, labels = load_digits(return_X_y=True)
    pixels = np.rint(images.reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    held_out = np.zeros(len(labels), dtype=bool)
    for digit in range(10):
        held_out[np.flatnonzero(labels == digit)[2::5]] = True
    return [
        Part("train", pixels[~held_out], labels[~held_out].astype(np.int64)),
        Part("test", pixels[held_out], labels[held_out].astype(np.int64)),
    ]
