"""The two files of object positioning: read for a score, and judged before anything is trained."""

import zlib
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from labeller.errors import DataError

FEWEST = 5  # a fifth of those that are learnt from validates
# The files of examples/lunar_lander: to compare on, and to learn positions from and test them on.
RUNS = ("images", "positions-train", "positions-test")
# What numpy raises for a file that is missing, cut off or no archive of arrays at all.
UNREADABLE = (OSError, ValueError, KeyError, EOFError, TypeError, BadZipFile, zlib.error)


def read_positions(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, H, W, C) uint8 and positions (n, 2), without those that are not in the picture."""
    return on_screen(*read_run(path))


def read_run(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (n, H, W, C) and positions (n, 2) of a file; raises DataError without both."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            images, positions = archive["images"], archive["positions"]
    except UNREADABLE as error:
        raise DataError(f"{path} holds no images with positions ({error})") from error
    fits = images.dtype == np.uint8 and images.ndim == 4 and positions.shape == (len(images), 2)
    if not fits or positions.dtype.kind not in "fiu" or not np.isfinite(positions).all():
        raise DataError(
            f"{path} must hold images uint8 (n, H, W, C) and positions (n, 2), finite numbers"
        )
    return images, positions.astype(np.float32)


def on_screen(images: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those of images (n, H, W, C) whose position (n, 2), x and y in pixels, is in the picture.

    "Images where the lander is outside the screen were removed" (feature-prediction, III-A) before
    positions are learnt and tested: nobody can see where it is.
    """
    height, width = images.shape[1:3]
    inside = ((positions >= 0) & (positions < (width, height))).all(1)
    return images[inside], positions[inside]


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
    """The two files that a person named, `TRAIN.npz, TEST.npz` or a folder with those of RUNS.

    Their names are made absolute: the worker runs elsewhere. Raises ValueError for another number
    of files and DataError for such as `check_positions` refuses, as far as their heads tell.
    """
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    paths = [Path(part).expanduser().absolute() for part in parts]
    if len(paths) == 1 and paths[0].is_dir():
        paths = [paths[0] / f"{name}.npz" for name in RUNS[1:]]
    if len(paths) not in (0, 2):
        raise ValueError(
            f"must be two files to learn from and to test on, or a folder with {RUNS[1]}.npz and "
            f"{RUNS[2]}.npz, got {text}"
        )
    for path in paths:
        _check_shape(str(path), _run_shape(path), shape)
    return tuple(map(str, paths))


def _run_shape(path: Path) -> tuple[int, ...]:
    """The shape (n, H, W, C) of a run's images, of which none is read; DataError as `read_run`."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            count = len(archive["positions"])
            with archive.zip.open("images.npy") as file:
                version = np.lib.format.read_magic(file)
                header = np.lib.format.read_array_header_1_0
                if version != (1, 0):
                    header = np.lib.format.read_array_header_2_0
                shape, _, dtype = header(file)
    except (*UNREADABLE, AttributeError) as error:
        raise DataError(f"{path} holds no images with positions ({error})") from error
    if len(shape) != 4 or dtype != np.uint8 or shape[0] != count:
        raise DataError(f"{path} must hold images uint8 (n, H, W, C) and positions (n, 2)")
    return shape


def _check_shape(path: str, got: tuple[int, ...], shape: tuple[int, ...]) -> None:
    if got[1:] != tuple(shape):
        raise DataError(
            f"the images in {path} must be as those that are compared on, {_text(shape)}, "
            f"got {_text(got[1:])}; make them alike, or leave positions out"
        )


def _text(shape: Sequence[int]) -> str:
    height, width, channels = shape
    return f"{width} x {height} pixels with {channels} channel{'s' if channels > 1 else ''}"
