"""A feed over image files, wherever they lie: two passes, threads that decode, bounded memory."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from labeller.data.decode import SUFFIXES, Decoded, Header, UnreadableError, decode, read_header
from labeller.data.feed import Chunk, Feed, Shaping, choose_size, is_long, now_and_then
from labeller.data.layout import Layout, plain_layout, read_layout, shown
from labeller.errors import DataError
from labeller.events import Progress, Report
from labeller.runtime.threads import batches, in_order

_BATCH = 64  # files in one task of a thread
_THREADS = max(2, min(8, os.cpu_count() or 2))
_JUNK = {"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}
T = TypeVar("T")


@dataclass
class Files(ABC):
    """Image files of one place.

    `paths` relative with /, `empty` folders without any file below, `other` how many files are
    not images, `skipped` (name, reason) what cannot be opened.
    """

    title: str
    paths: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    other: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)

    @abstractmethod
    def open(self, row: int) -> tuple[BinaryIO, int]:
        """The file at `paths[row]` and its size in bytes; raises OSError or UnreadableError."""

    def size(self, row: int) -> int:
        """The bytes of the file at `paths[row]`; raises as `open`."""
        stream, size = self.open(row)
        stream.close()
        return size

    def path(self, row: int) -> Path | None:
        """Where the file at `paths[row]` lies by itself; None inside an archive."""
        return None

    def close(self) -> None:  # noqa: B027
        """Release what is open."""


def is_junk(name: str) -> bool:
    """Whether a file or folder of that name is none of the user's: hidden, or a system's."""
    return name.startswith(".") or name.lower() in _JUNK


def is_image(name: str) -> bool:
    """Whether the suffix is one of an image format that is read."""
    return name.lower().endswith(SUFFIXES)


def feed_files(files: Files, size: int | None, report: Report, plain: bool = False) -> Feed:
    """The feed of `files`, after a first pass over their headers; `plain` reads no classes.

    Raises DataError when there is no image, or the classes are not sound.
    """
    if not files.paths:
        raise DataError(_no_images(files))
    if plain:
        layout = plain_layout(files.paths)
    else:
        layout = read_layout(files.title, files.paths, files.empty)
    headers = _read_headers(files, layout, report)
    channels = 1 if headers.grey else 3
    side = choose_size(size, headers.common)

    def chunks(shaping: Shaping) -> Generator[Chunk, None, None]:
        read = partial(_read_chunk, files, layout, side, channels, shaping)
        return in_order(read, batches(headers.readable, _BATCH), _THREADS)

    return Feed(
        total=len(headers.readable),
        size=side,
        channels=channels,
        classes=layout.classes,
        chunks=chunks,
        uneven=headers.uneven,
        long=headers.long,
        unreadable=[*files.skipped, *headers.unreadable],
        notes=[*layout.notes, *_passed_over(files)],
        close=files.close,
    )


@dataclass
class _Headers:
    """What the first pass found: positions in the layout that can be read, and what they share."""

    readable: np.ndarray
    unreadable: list[tuple[str, str]]
    grey: bool = True
    common: tuple[int, int] | None = None
    uneven: int = 0
    long: int = 0


def _read_headers(files: Files, layout: Layout, report: Report) -> _Headers:
    count = len(layout.order)
    readable = np.zeros(count, dtype=bool)
    summary = _Headers(readable, [])
    sizes: set[tuple[int, int]] = set()
    done, rarely = 0, now_and_then(report)
    read = partial(_read_header_batch, files, layout)
    with closing(in_order(read, batches(np.arange(count), _BATCH), _THREADS)) as results:
        for rows, headers in results:
            for row, header in zip(rows, headers, strict=True):
                if isinstance(header, str):
                    summary.unreadable.append((shown(files.paths[layout.order[row]]), header))
                    continue
                readable[row] = True
                summary.grey &= header.grey
                summary.uneven += header.width != header.height
                summary.long += is_long(header.width, header.height)
                if len(sizes) < 2:
                    sizes.add((header.width, header.height))
            done += len(rows)
            rarely(Progress("inspect", done, count, "Looking at the files"))
    summary.readable = np.flatnonzero(readable)
    summary.common = sizes.pop() if len(sizes) == 1 else None
    return summary


def _read_header_batch(
    files: Files, layout: Layout, rows: np.ndarray
) -> tuple[np.ndarray, list[Header | str]]:
    return rows, [_try(lambda f, _: read_header(f), files, layout.order[row]) for row in rows]


def _read_chunk(
    files: Files, layout: Layout, side: int, channels: int, shaping: Shaping, rows: np.ndarray
) -> Chunk:
    """Decode the files at `rows` of the layout."""
    images = np.empty((len(rows), side, side, channels), dtype=np.uint8)
    shapes = np.zeros((len(rows), 3), dtype=np.int64)
    display: list[bytes] = []
    kept: list[int] = []
    unreadable: list[tuple[str, str]] = []

    def read(stream: BinaryIO, nbytes: int) -> tuple[Decoded, int]:
        return decode(stream, side, channels, shaping), nbytes

    for row in rows:
        result = _try(read, files, layout.order[row])
        if isinstance(result, str):
            unreadable.append((shown(files.paths[layout.order[row]]), result))
            continue
        image, nbytes = result
        images[len(kept)] = image.pixels
        shapes[len(kept)] = image.width, image.height, nbytes
        display.append(image.display)
        kept.append(row)
    return Chunk(
        images=images[: len(kept)],
        names=[shown(files.paths[layout.order[row]]) for row in kept],
        splits=layout.splits[kept].tolist(),
        shapes=shapes[: len(kept)],
        targets=layout.targets[kept],
        taken=len(rows),
        unreadable=unreadable,
        display=display,
    )


def _try(read: Callable[[BinaryIO, int], T], files: Files, row: int) -> T | str:
    """What `read` makes of a file, or the reason why it cannot be read."""
    try:
        stream, nbytes = files.open(row)
        with stream:
            return read(stream, nbytes) if nbytes else "empty file"
    except UnreadableError as error:
        return str(error)
    except FileNotFoundError:
        return "missing, or a broken link"
    except PermissionError:
        return "no permission to read it"
    except OSError as error:
        return error.strerror or str(error)


def _passed_over(files: Files) -> list[str]:
    if not files.other:
        return []
    return [f"{files.other} files that are not images were passed over."]


def _no_images(files: Files) -> str:
    kinds = " ".join(suffix.lstrip(".") for suffix in SUFFIXES)
    if files.skipped:
        name, reason = files.skipped[0]
        return f"no image in {files.title} can be opened, the first is {name} ({reason})"
    if files.other:
        return (
            f"{files.title} holds no images: none of its {files.other} files is one of {kinds}; "
            "convert them, or choose another folder or archive"
        )
    return f"{files.title} is empty; put images into it ({kinds})"
