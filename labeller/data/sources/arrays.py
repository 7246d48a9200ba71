"""Images in a NumPy archive (.npz), streamed from it: it never lies in memory as a whole.

A .npy holds `images` alone. Arrays: `images` (N, H, W), (N, H, W, 1) or (N, H, W, 3), uint8 in
0..255, uint16 in 0..65535, float in [0, 1] or bool; optional `labels` (N,) whole numbers (negative:
unknown) or names ("": unknown); optional `classes` (K,) names of the whole numbers; optional
`split` (N,) "train" or "test".
"""

import math
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np

from labeller.data.decode import MAX_PIXELS
from labeller.data.feed import (
    Chunk,
    Feed,
    Part,
    Shaping,
    array_chunk,
    choose_size,
    rows_in_chunk,
)
from labeller.data.layout import MAX_CLASSES
from labeller.data.sources.archives import MAX_MEMBER_BYTES, MAX_TOTAL_BYTES, open_zip
from labeller.data.sources.registry import PathSource, register
from labeller.errors import DataError
from labeller.events import Report


@register
class Arrays(PathSource):
    """Arrays `images`, and perhaps `labels`, `classes` and `split`, in a file of NumPy's."""

    name = "npz"
    title = "NumPy arrays"
    what = ".npz"
    rank = 2

    @classmethod
    def accepts(cls, path: Path) -> bool:
        """Any file that ends in .npz or .npy."""
        return path.suffix.lower() in (".npz", ".npy") and not path.is_dir()

    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """Raises DataError when the arrays are not as above."""
        return _feed(path, size)


def _feed(path: Path, size: int | None) -> Feed:
    archive: Archive = _Single(path)
    if path.suffix.lower() == ".npz":
        archive = open_zip(path, MAX_TOTAL_BYTES)  # the images are streamed
    try:
        shape, dtype = _check_images(archive, path)
        labels, classes = _read_labels(archive, path, shape[0])
        splits = _read_splits(archive, path, shape[0])
    except BaseException:
        archive.close()
        raise
    side = choose_size(size, (shape[2], shape[1]))
    rows = _Rows(archive, path, shape, dtype)
    return Feed(
        total=shape[0],
        size=side,
        channels=shape[3] if len(shape) == 4 else 1,
        classes=classes,
        chunks=lambda shaping: _chunks(rows, labels, splits, side, shaping),
        close=archive.close,
    )


class _Single:
    """A .npy, read as an archive of one array."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def namelist(self) -> list[str]:
        return ["images.npy"]

    def open(self, name: str) -> IO[bytes]:
        return self._path.open("rb")

    def getinfo(self, name: str) -> zipfile.ZipInfo:
        raise KeyError(name)

    def close(self) -> None:
        pass


Archive = zipfile.ZipFile | _Single


@dataclass(frozen=True)
class _Rows:
    """The images of an archive, to be read from the first to the last."""

    archive: Archive
    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype

    def blocks(self) -> Iterator[np.ndarray]:
        """uint8 (n, H, W, C), block after block."""
        height, width, channels = (*self.shape[1:], 1)[:3]
        row_bytes = height * width * channels * self.dtype.itemsize
        count = rows_in_chunk(height, width, channels * self.dtype.itemsize)
        with self.archive.open("images.npy") as stream:
            _read_header(stream)
            left = self.shape[0]
            while left:
                take = min(count, left)
                content = _read_exactly(stream, take * row_bytes, self.path)
                block = np.frombuffer(content, dtype=self.dtype)
                yield _to_uint8(block.reshape(take, height, width, channels), self.path)
                left -= take


def _chunks(
    rows: _Rows, labels: np.ndarray, splits: np.ndarray, side: int, shaping: Shaping
) -> Generator[Chunk, None, None]:
    """Training images first, as everywhere: the held-out ones are a second reading."""
    for split in ("train", "test"):
        if not (splits == split).any():
            continue
        start = 0
        for block in rows.blocks():
            here = np.flatnonzero(splits[start : start + len(block)] == split)
            if len(here):
                part = Part(split, block[here], labels[start + here])
                chunk = array_chunk(part, 0, len(here), side, shaping)
                yield replace(chunk, names=[f"{split}/{row}" for row in (start + here)])
            start += len(block)


def _check_images(archive: Archive, path: Path) -> tuple[tuple[int, ...], np.dtype]:
    if "images.npy" not in archive.namelist():
        names = ", ".join(name.removesuffix(".npy") for name in archive.namelist()[:8]) or "nothing"
        raise DataError(
            f"{path.name} must hold an array called images, got {names}; save it again with "
            "np.savez(path, images=..., labels=...)"
        )
    with _sound(path), archive.open("images.npy") as stream:
        shape, fortran, dtype = _read_header(stream)
    sound = len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3))
    if not sound or min(shape) < 1 or dtype.kind not in "bufi" or fortran:
        raise DataError(
            f"images in {path.name} must be numbers of shape (N, H, W) or (N, H, W, 1 or 3) in C "
            f"order, got {dtype} {shape}{' in Fortran order' if fortran else ''}; save it again so"
        )
    if shape[1] * shape[2] > MAX_PIXELS:
        raise DataError(
            f"images in {path.name} must have at most {MAX_PIXELS:,} pixels, got {shape[2]} x "
            f"{shape[1]}; make them smaller"
        )
    return shape, dtype


def _read_labels(archive: Archive, path: Path, count: int) -> tuple[np.ndarray, list[str]]:
    """(N,) int64 with -1 unknown, and the class names."""
    stored = _read_small(archive, path, "labels", count)
    names = _read_small(archive, path, "classes", None)
    if stored is None:
        return np.full(count, -1, dtype=np.int64), []
    if stored.dtype.kind not in "iuU":
        raise DataError(f"labels in {path.name} must be whole numbers or names, got {stored.dtype}")
    if stored.dtype.kind == "U":
        classes = sorted(set(stored.tolist()) - {""})
        number = {name: position for position, name in enumerate(classes)}
        labels = np.array([number.get(name, -1) for name in stored.tolist()], dtype=np.int64)
    else:
        labels = np.maximum(stored.astype(np.int64), -1)
        highest = int(labels.max(initial=-1)) + 1
        classes = [str(label) for label in range(min(highest, MAX_CLASSES + 1))]
        if names is not None:
            classes = [str(name) for name in names.tolist()]
        if highest > len(classes) and len(classes) <= MAX_CLASSES:
            raise DataError(
                f"labels in {path.name} must be below {len(classes)} (the number of classes), "
                f"got {highest - 1}"
            )
    if len(classes) > MAX_CLASSES:
        raise DataError(f"{path.name} must have at most {MAX_CLASSES} classes, got more")
    return labels, classes


def _read_splits(archive: Archive, path: Path, count: int) -> np.ndarray:
    splits = _read_small(archive, path, "split", count)
    if splits is None:
        return np.full(count, "train", dtype="<U5")
    wrong = sorted({str(value) for value in splits.tolist()} - {"train", "test"})
    if wrong:
        raise DataError(f'split in {path.name} must be "train" or "test", got {wrong[0]}')
    return splits.astype("<U5")


def _read_small(archive: Archive, path: Path, name: str, count: int | None) -> np.ndarray | None:
    """A one-dimensional array of the archive, or None; of `count` values when that is given."""
    if f"{name}.npy" not in archive.namelist():
        return None
    with _sound(path), archive.open(f"{name}.npy") as stream:
        shape, _, dtype = _read_header(stream)
    _check_small(archive, path, name, shape, dtype)
    if len(shape) != 1 or (count is not None and shape[0] != count):
        rule = "be a list of names" if count is None else f"have one value per image ({count})"
        raise DataError(f"{name} in {path.name} must {rule}, got shape {shape}")
    with _sound(path), archive.open(f"{name}.npy") as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _check_small(
    archive: Archive, path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype
) -> None:
    """Raises DataError before an array is read that would load code or fill the memory."""
    if dtype.hasobject:
        raise DataError(
            f"{name} in {path.name} holds Python objects, which are never loaded; save it as "
            "plain numbers or text"
        )
    stored = archive.getinfo(f"{name}.npy").file_size
    if math.prod(shape) * dtype.itemsize > min(stored, MAX_MEMBER_BYTES):
        raise _damaged(path)


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    return np.lib.format.read_array_header_2_0(stream)


def _read_exactly(stream: IO[bytes], count: int, path: Path) -> bytes:
    with _sound(path):
        content = stream.read(count)
    if len(content) != count:
        raise _damaged(path)
    return content


def _to_uint8(block: np.ndarray, path: Path) -> np.ndarray:
    if block.dtype == np.uint8:
        return block
    if block.dtype == np.bool_:
        return block.astype(np.uint8) * np.uint8(255)
    if block.dtype.kind == "u" and block.dtype.itemsize == 2:
        return np.rint(block / np.float32(257)).astype(np.uint8)
    low, high = float(block.min()), float(block.max())
    top = 1.0 if block.dtype.kind == "f" else 255.0
    if not (low >= 0 and high <= top):  # also true for NaN
        raise DataError(
            f"images in {path.name} must be between 0 and {top:g} as {block.dtype}, got "
            f"{low:g} to {high:g}; scale them, or save them as uint8"
        )
    pixels: np.ndarray = np.rint(block.astype(np.float32) * (255.0 / top)).astype(np.uint8)
    return pixels


@contextmanager
def _sound(path: Path) -> Iterator[None]:
    """Inside, what cannot be read is a DataError."""
    try:
        yield
    except DataError:
        raise
    except Exception as error:  # whatever parsers of headers and of deflated bytes raise
        raise _damaged(path) from error


def _damaged(path: Path) -> DataError:
    return DataError(f"{path.name} is damaged; save it again with NumPy")
