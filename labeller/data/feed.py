"""What every source hands to ingestion: a feed of square uint8 chunks, and the rules of size."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np

from labeller.data import Fit
from labeller.data.display import DISPLAY_SIDE, display_files
from labeller.data.resize import resize_square
from labeller.events import Progress, Report

MIN_SIZE, MAX_SIZE, DEFAULT_SIZE = 8, 128, 64
CHUNK_BYTES = 4 * 2**20
_REPORT_EVERY = 0.25  # seconds


@dataclass(frozen=True)
class Shaping:
    """How images are made of what a source holds.

    `fit`: how those that are not square become it (see `labeller.data`); `display`: the longest
    side of their display pictures in pixels, 0 for none.
    """

    fit: Fit = "letterbox"
    display: int = DISPLAY_SIDE


@dataclass(frozen=True)
class Chunk:
    """Some images, in their final form.

    images uint8 (n, S, S, C); names, splits ("train"/"test") of n; shapes (n, 3) int64 with the
    original width, height (pixels) and bytes; targets (n,) int64, -1 unknown. `taken` counts the
    inputs behind the chunk, `unreadable` (name, reason) those of them that gave no image;
    `flattened` counts the transparent images, which were laid on white;
    `display` the files of their display pictures (n, b"" for none), empty when no image has one.
    """

    images: np.ndarray
    names: list[str]
    splits: list[str]
    shapes: np.ndarray
    targets: np.ndarray
    taken: int
    flattened: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    display: list[bytes] = field(default_factory=list)


@dataclass(frozen=True)
class Feed:
    """An opened source: `chunks(shaping)` yields `total` inputs, images of `size` and `channels`.

    `left_out` is (name, reason) of what is known beforehand to give no image: damaged files, and
    those that are none. `notes` are sentences for the user about what was decided, `close` releases
    files.
    """

    total: int
    size: int
    channels: int
    classes: list[str]
    chunks: Callable[[Shaping], Generator[Chunk, None, None]]
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Part:
    """One split of a source that comes as an array.

    images uint8 (n, H, W) or (n, H, W, C), any strides; labels (n,) int64, -1 unknown.
    """

    split: str
    images: np.ndarray
    labels: np.ndarray


def check_size(size: int | None) -> None:
    """Raises ValueError unless `size` is None or a whole number of pixels from 8 to 128."""
    if size is None:
        return
    if isinstance(size, bool) or not isinstance(size, int) or not MIN_SIZE <= size <= MAX_SIZE:
        raise ValueError(f"size must be between {MIN_SIZE} and {MAX_SIZE} pixels, got {size}")


def choose_size(size: int | None, common: tuple[int, int] | None) -> int:
    """The side to store: as asked, else the common shorter side up to 128, else 64.

    `common` is the (width, height) that all images share, None when they differ.
    """
    if size is not None:
        return size
    if common is not None and min(common) <= MAX_SIZE:
        return max(MIN_SIZE, min(common))
    return DEFAULT_SIZE


def feed_parts(parts: list[Part], classes: list[str], size: int | None) -> Feed:
    """A feed over arrays in memory, cut into chunks; no Python loop over images."""
    height, width = parts[0].images.shape[1:3]
    channels = parts[0].images.shape[3] if parts[0].images.ndim == 4 else 1
    side = choose_size(size, (width, height))

    total = sum(len(part.images) for part in parts)

    def chunks(shaping: Shaping) -> Generator[Chunk, None, None]:
        for part in parts:
            for start in range(0, len(part.images), rows_in_chunk(height, width, channels)):
                stop = start + rows_in_chunk(height, width, channels)
                yield array_chunk(part, start, stop, side, shaping)

    return Feed(
        total=total,
        size=side,
        channels=channels,
        classes=classes,
        chunks=chunks,
    )


def now_and_then(report: Report) -> Report:
    """`report`, called at most four times a second."""
    last = 0.0

    def rarely(event: Progress) -> None:
        nonlocal last
        if time.monotonic() - last >= _REPORT_EVERY:
            last = time.monotonic()
            report(event)

    return rarely


def rows_in_chunk(height: int, width: int, channels: int) -> int:
    """Images in one chunk of at most 4 MiB."""
    return max(1, min(4096, CHUNK_BYTES // (height * width * channels)))


def array_chunk(part: Part, start: int, stop: int, side: int, shaping: Shaping) -> Chunk:
    """Rows `start` to `stop` of a part, resized to squares of `side` as `shaping` says."""
    rows = np.asarray(part.images[start:stop])
    images = np.ascontiguousarray(rows if rows.ndim == 4 else rows[..., None])
    count, height, width, channels = images.shape
    larger = bool(shaping.display) and max(height, width) > side
    shape = np.array([width, height, height * width * channels], dtype=np.int64)
    return Chunk(
        images=resize_square(images, side, shaping.fit),
        names=[f"{part.split}/{row}" for row in range(start, start + count)],
        splits=[part.split] * count,
        shapes=np.broadcast_to(shape, (count, 3)),
        targets=np.asarray(part.labels[start:stop], dtype=np.int64),
        taken=count,
        display=display_files(images, shaping.display) if larger else [],
    )
