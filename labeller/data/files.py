"""A feed over image files, wherever they lie: two passes, threads that decode, bounded memory."""

import os
import stat
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from labeller.data.decode import Decoded, Header, UnreadableError, decode, read_header
from labeller.data.feed import Chunk, Feed, Shaping, choose_size, now_and_then
from labeller.data.kinds import NO_IMAGE, SUFFIXES, why_not
from labeller.data.layout import Layout, plain_layout, read_layout, shown
from labeller.errors import DataError
from labeller.events import Progress, Report
from labeller.runtime.threads import batches, in_order

_BATCH = 64  # files in one task of a thread
_THREADS = max(2, min(8, os.cpu_count() or 2))
_HIDDEN = "a hidden file or folder"
T = TypeVar("T")


@dataclass
class Files(ABC):
    """Image files of one place.

    `paths` relative with /, `empty` folders without any file below; of what is left out (name,
    reason), `other` what is no image by its name, `skipped` what cannot be opened.
    """

    title: str
    paths: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    other: list[tuple[str, str]] = field(default_factory=list)
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

    def layout(self) -> Layout:
        """Which images train and which class each has, from the names of folders; DataError."""
        return read_layout(self.title, self.paths, self.empty)

    def pass_over(self, path: str, *, hidden: bool = False) -> None:
        """Keep in mind that a file is no image by its name, and why."""
        self.other.append((shown(path), _HIDDEN if hidden else why_not(path)))

    def close(self) -> None:  # noqa: B027
        """Release what is open."""


def open_file(path: Path) -> tuple[BinaryIO, int]:
    """A file on the disk and its size in bytes; raises OSError or UnreadableError."""
    try:
        status = path.stat()
    except ValueError:  # a null character, or half of one
        raise UnreadableError("no file can be called so") from None
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise UnreadableError("not a regular file")
    return path.open("rb"), status.st_size


def feed_files(files: Files, size: int | None, report: Report, plain: bool = False) -> Feed:
    """The feed of `files`, after a first pass over their headers; `plain` reads no classes.

    Raises DataError when there is no image, or the classes are not sound.
    """
    if not files.paths:
        raise DataError(_no_images(files))
    layout = plain_layout(files.paths) if plain else files.layout()
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
        left_out=[*files.skipped, *headers.unreadable, *files.other],
        notes=layout.notes,
        close=files.close,
    )


@dataclass
class _Headers:
    """What the first pass found: positions in the layout that can be read, and what they share."""

    readable: np.ndarray
    unreadable: list[tuple[str, str]]
    grey: bool = True
    common: tuple[int, int] | None = None


def _read_headers(files: Files, layout: Layout, report: Report) -> _Headers:
    count = len(layout.order)
    readable = np.zeros(count, dtype=bool)
    summary = _Headers(readable, [])
    sizes: Counter[tuple[int, int]] = Counter()
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
                sizes[header.width, header.height] += 1
            done += len(rows)
            rarely(Progress("inspect", done, count, "Looking at the files"))
    summary.readable = np.flatnonzero(readable)
    summary.common = _common(sizes)
    return summary


def _common(sizes: Counter[tuple[int, int]]) -> tuple[int, int] | None:
    """The size that all images have but a few odd ones: one, or one of ten."""
    if not sizes:
        return None
    (size, count), total = sizes.most_common(1)[0], sizes.total()
    return size if count >= min(0.9 * total, total - 1) and 2 * count > total else None


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
    flattened = 0
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
        flattened += image.flattened
        kept.append(row)
    return Chunk(
        images=images[: len(kept)],
        names=[shown(files.paths[layout.order[row]]) for row in kept],
        splits=layout.splits[kept].tolist(),
        shapes=shapes[: len(kept)],
        targets=layout.targets[kept],
        taken=len(rows),
        flattened=flattened,
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


def _no_images(files: Files) -> str:
    kinds = " ".join(suffix.lstrip(".") for suffix in SUFFIXES)
    if files.skipped:
        name, reason = files.skipped[0]
        return f"no image in {files.title} can be opened, the first is {name} ({reason})"
    nearly = [pair for pair in files.other if not pair[1].startswith(NO_IMAGE)]
    if nearly:
        name, reason = nearly[0]
        return f"{files.title} holds no image that can be read, the first file is {name}: {reason}"
    if files.other:
        return (
            f"{files.title} holds no images: none of its {len(files.other)} files is one of "
            f"{kinds}; convert them, or choose another folder or archive"
        )
    return f"{files.title} is empty; put images into it ({kinds})"
