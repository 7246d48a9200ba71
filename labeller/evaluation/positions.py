"""The two files of object positioning: read for a score, and judged before anything is trained."""

from collections.abc import Sequence

import numpy as np

from labeller.data.lunar_lander import on_screen, read_run
from labeller.errors import DataError

FEWEST = 5  # a fifth of those that are learnt from validates


def read_positions(path: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, H, W, C) uint8 and positions (n, 2), without those that are not in the picture."""
    return on_screen(*read_run(path))


def check_positions(paths: Sequence[str], shape: tuple[int, ...]) -> None:
    """Raises DataError for a file that cannot be read or has other images than (H, W, C) `shape`.

    Methods encode images of one shape, and positions are in pixels of those images.
    """
    for path in paths:
        images, _ = read_positions(path)
        if images.shape[1:] != tuple(shape):
            raise DataError(
                f"the images in {path} must be as those that are compared on, {_text(shape)}, "
                f"got {_text(images.shape[1:])}; make them alike, or leave positions out"
            )
        if len(images) < FEWEST:
            raise DataError(
                f"{path} must show the object in {FEWEST} images or more, got {len(images)}"
            )


def _text(shape: Sequence[int]) -> str:
    height, width, channels = shape
    return f"{width} x {height} pixels with {channels} channel{'s' if channels > 1 else ''}"
