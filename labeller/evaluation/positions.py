"""The two files of object positioning: read for a score, and judged before anything is trained."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labeller.data.lunar_lander import RUNS, on_screen, read_run, run_shape
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
        _check_shape(path, images.shape, shape)
        if len(images) < FEWEST:
            raise DataError(
                f"{path} must show the object in {FEWEST} images or more, got {len(images)}"
            )


def position_files(text: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """The two files that a person named, `TRAIN.npz, TEST.npz` or the folder of `labeller lander`.

    Their names are made absolute: the worker runs elsewhere. Raises ValueError for another number
    of files and DataError for such as `check_positions` refuses, as far as their heads tell.
    """
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    paths = [Path(part).expanduser().absolute() for part in parts]
    if len(paths) == 1 and paths[0].is_dir():
        paths = [paths[0] / f"{name}.npz" for name in RUNS[1:]]
    if len(paths) not in (0, 2):
        raise ValueError(
            f"must be two files to learn from and to test on, or the folder that labeller lander "
            f"wrote, got {text}"
        )
    for path in paths:
        _check_shape(str(path), run_shape(path), shape)
    return tuple(map(str, paths))


def _check_shape(path: str, got: tuple[int, ...], shape: tuple[int, ...]) -> None:
    if got[1:] != tuple(shape):
        raise DataError(
            f"the images in {path} must be as those that are compared on, {_text(shape)}, "
            f"got {_text(got[1:])}; make them alike, or leave positions out"
        )


def _text(shape: Sequence[int]) -> str:
    height, width, channels = shape
    return f"{width} x {height} pixels with {channels} channel{'s' if channels > 1 else ''}"
