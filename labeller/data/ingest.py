"""From a source to an image store, in bounded memory and all or nothing."""

import errno
import shutil
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock, Timeout
from PIL import Image

from labeller.data import Fit, check_fit
from labeller.data.feed import Feed, Shaping, check_size, now_and_then
from labeller.data.layout import class_titles
from labeller.data.report import Tally
from labeller.data.sources.registry import open_source
from labeller.data.writer import StoreWriter
from labeller.errors import DataError, StateError
from labeller.events import Progress, Report, silent
from labeller.records import ImportReport

_LISTED = 1000  # files left out that the store names one by one


@dataclass(frozen=True)
class IngestSummary:
    """What was stored: counts, pixels, class names, and what became of all that was found.

    `left_out` is (name, reason) of all that was not taken, `notes` are sentences about what was
    decided.
    """

    count: int
    train: int
    test: int
    height: int
    width: int
    channels: int
    classes: list[str]
    has_targets: bool
    left_out: list[tuple[str, str]]
    report: ImportReport
    notes: list[str] = field(default_factory=list)


def ingest(
    source: str | Path,
    folder: str | Path,
    *,
    size: int | None = None,
    fit: Fit = "letterbox",
    data_dir: str | Path | None = None,
    plain: bool = False,
    least: int = 2,
    report: Report = silent,
) -> IngestSummary:
    """Read `source` into a new image store in `folder`.

    `source`: a named source, or the path of a folder, a .zip or a .npz. `size`: side in
    pixels, 8 to 128; None keeps the native size of named sources and arrays, and for own images
    takes the common shorter side when all have one up to 128, else 64. `data_dir`: where
    downloaded sets live. `plain`: images to predict rather than to label; one is enough, the
    path of a single image will do, and the names of folders mean nothing. `least`: training images
    that there must be.

    Images become squares by `fit` (see `labeller.data`). Only when all images are readable as grey
    are they stored with 1 channel. Of images larger than that, display pictures are kept beside
    (see `labeller.data.display`).

    The store is written beside `folder` and renamed into place; after any error, and after a
    JobCancelledError from `report`, nothing is left behind.
    Raises ValueError for `size` or `fit`; NotFoundError, DataError or StateError as their messages
    say.
    """
    check_size(size)
    check_fit(fit)
    folder = Path(folder).expanduser().absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StateError(f"{folder} exists and is not empty; choose a new folder or delete it")
    try:
        with (
            _quiet_pillow(),
            closing(open_source(str(source), size, data_dir, report, plain)) as feed,
            _part_folder(folder) as part,
        ):
            return _write(feed, str(source), fit, part, report, 1 if plain else least)
    except OSError as error:
        raise _disk_error(folder, error) from error


def _write(
    feed: Feed, source: str, fit: Fit, part: Path, report: Report, least: int
) -> IngestSummary:
    """Take all chunks of the feed into a store in `part`; `least`: training images needed."""
    tally = Tally(fit, list(feed.left_out))
    feed = _well_named(feed)
    done, started, rarely = 0, time.monotonic(), now_and_then(report)
    with (
        StoreWriter(part, feed.size, feed.channels) as writer,
        closing(feed.chunks(Shaping(fit))) as chunks,
    ):
        for chunk in chunks:
            writer.append(chunk)
            tally.add(chunk)
            done += chunk.taken
            rarely(_progress(done, feed.total, time.monotonic() - started))
        if writer.train < least:
            raise DataError(_too_few(source, least, writer.train, tally.left_out))
        summary = IngestSummary(
            count=writer.count,
            train=writer.train,
            test=writer.count - writer.train,
            height=feed.size,
            width=feed.size,
            channels=feed.channels,
            classes=feed.classes,
            has_targets=writer.finish(_meta(feed, source, writer.count, tally)),
            left_out=tally.left_out,
            report=tally.report(feed.classes),
            notes=feed.notes,
        )
    report(_progress(feed.total, feed.total, time.monotonic() - started, milestone=True))
    return summary


def _well_named(feed: Feed) -> Feed:
    """The feed with names of classes that can be shown and told apart."""
    classes = class_titles(feed.classes)
    changed = sum(old != new for old, new in zip(feed.classes, classes, strict=True))
    if not changed:
        return feed
    note = f"{changed} class names were made shorter, visible and different from each other."
    return replace(feed, classes=classes, notes=[*feed.notes, note])


def _meta(feed: Feed, source: str, count: int, tally: Tally) -> dict[str, object]:
    return {
        "source": source,
        "size": feed.size,
        "fit": tally.fit,
        "channels": feed.channels,
        "classes": feed.classes,
        "count": count,
        "unreadable": [list(entry) for entry in tally.left_out[:_LISTED]],
        "notes": feed.notes,
    }


def _progress(done: int, total: int, seconds: float, milestone: bool = False) -> Progress:
    speed = done / seconds if seconds > 0 else 0.0
    metrics = {"images_per_second": speed}
    if speed:
        metrics["seconds_left"] = max(total - done, 0) / speed
    return Progress("ingest", done, total, "Reading images", metrics, milestone)


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Our cap on pixels replaces Pillow's warning; damaged metadata is no news either."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", module="PIL")
        yield


@contextmanager
def _part_folder(folder: Path) -> Iterator[Path]:
    """A temporary sibling that becomes `folder` at the end, or disappears.

    Whoever holds its lock owns it: what a killed import left there is cleared away.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.parent / f".{folder.name}.part"
    part.mkdir(exist_ok=True)
    lock = FileLock(part / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StateError(
            f"another import into {folder} is running; wait for it or cancel it"
        ) from error
    try:
        for stale in part.iterdir():
            if stale.name != ".lock":
                stale.unlink()
        yield part
        lock.release()
        with suppress(FileNotFoundError):
            (part / ".lock").unlink()
        if folder.exists():  # empty, as checked before
            folder.rmdir()
        part.replace(folder)
    except BaseException:
        lock.release()
        shutil.rmtree(part, ignore_errors=True)
        raise


def _too_few(source: str, least: int, train: int, left_out: list[tuple[str, str]]) -> str:
    kind = "2 readable training images" if least > 1 else "1 readable image"
    what = f"{source} must hold at least {kind}, got {train}"
    if not left_out:
        return f"{what}; add images"
    name, reason = left_out[0]
    many = f"{len(left_out)} files" if len(left_out) > 1 else "1 file"
    return (
        f"{what}; {many} could not be read, the first is {name} ({reason}): replace or add images"
    )


def _disk_error(folder: Path, error: OSError) -> DataError:
    reason = error.strerror or str(error)
    if error.errno == errno.ENOSPC:
        step = "free some space or choose a folder on another disk"
    else:
        step = "check the path and its permissions"
    return DataError(f"the images cannot be read or written to {folder} ({reason}); {step}")
