"""Labels with their images: which images, under which names, and the zip or folder of them."""

import io
import os
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from PIL import Image

from labeller.data import fitted
from labeller.data.decode import UnreadableError
from labeller.data.display import DISPLAY_SIDE
from labeller.data.feed import now_and_then
from labeller.data.images import ImageStore
from labeller.data.originals import Originals
from labeller.errors import StateError
from labeller.events import Progress, Report
from labeller.exports import FolderFormat
from labeller.exports.labelled import Entry, FolderSettings, Labelled, LabelledImage
from labeller.exports.names import Names
from labeller.runtime.threads import cpu_threads, in_order
from labeller.store.files import new_folder, write_file

_MOMENT = (1980, 1, 1, 0, 0, 0)  # of all files in a zip: the same labels are the same bytes
Content = tuple[Entry, bytes | Path]


@dataclass(frozen=True)
class Labels:
    """What the labels of a project are read from: the table, the classes by number, the images."""

    project: str
    table: pd.DataFrame
    classes: dict[int, str]
    images: ImageStore


def write_folder(format: FolderFormat, labels: Labels, path: Path, report: Report) -> None:
    """Writes labels and images as a zip where `path` ends in .zip, else as a folder.

    Images are copies of their originals, else PNG of what the store keeps of them, and `report`
    gets a notice that says so. Raises StateError where there is nothing to write, where a folder
    is not new, or an original cannot be read; OSError. Then nothing is left behind.
    """
    settings: FolderSettings = format.config
    zipped = path.suffix.lower() == ".zip"
    if zipped and settings.link:
        raise ValueError(f"link must be off for a zip, got {path.name}; give a folder")
    if not zipped and path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise StateError(f"{path} exists and is not empty; choose a new folder or delete it")
    with_images = bool(getattr(settings, "images", True))
    report(Progress("export", message="Looking for the originals"))
    with Originals(labels.images) as originals:
        labelled = chosen(labels, settings, originals, with_images)
        files = _Files(labels.images, originals, settings.link)
        progress = _Counted(report, len(labelled.images) if with_images else 0)
        with closing(files.contents(progress.through(format.entries(labelled)))) as contents:
            if zipped:
                write_file(path, lambda stream: _write_zip(stream, contents))
            else:
                with new_folder(path) as folder:
                    _write_files(folder, contents)
        report(progress.last(files.notice(labelled) if with_images else ""))


def chosen(
    labels: Labels, settings: FolderSettings, originals: Originals, with_images: bool = True
) -> Labelled:
    """The images that the settings want; raises StateError where there is none, or no classifier.

    A label of a class that the project has no longer is none.
    """
    table, place = labels.table, {label: at for at, label in enumerate(labels.classes)}
    decided = _decided(table, settings)
    known = np.isin(decided["label"], list(place)) & (decided["weight"] >= settings.minimum_weight)
    rows = np.flatnonzero(known | settings.unlabelled)
    if not len(rows):
        least = settings.minimum_weight
        rule = f" that weighs {least:g} or more; lower minimum_weight," if least else ";"
        raise StateError(f"no image has a label{rule} answer a question, or set unlabelled")
    names, images = Names(), []
    records: Any = decided.iloc[rows].itertuples()
    for row, said in zip(rows.tolist(), records, strict=True):
        original = not with_images or originals.there(row)
        source = str(table["path"].iat[row])
        # Stems differ too, since some readers know images by them.
        stem = names.give(PurePosixPath(source).stem, row)
        width, height = _size(labels.images, row, original)
        images.append(
            LabelledImage(
                number=row,
                source=source,
                file=stem + (PurePosixPath(source).suffix.lower() if original else ".png"),
                original=original,
                split=str(table["split"].iat[row]),
                label=place[said.label] if known[row] else None,
                weight=round(said.weight, 6) if known[row] else 0.0,
                confidence=_number(said.confidence) if known[row] else None,
                looked=bool(said.looked and known[row]),
                width=width,
                height=height,
            )
        )
    return Labelled(labels.project, list(labels.classes.values()), images)


def _decided(table: pd.DataFrame, settings: FolderSettings) -> pd.DataFrame:
    """Label, weight, confidence and looked of each image, the classifier's where that is wanted."""
    decided = table[["label", "weight", "confidence", "looked"]].copy()
    decided["weight"] = decided["weight"].astype(float)  # shorter in JSON than float32
    if not settings.predicted:
        return decided
    if "predicted" not in table:
        raise StateError("predicted needs a classifier; answer questions and retrain first")
    none = (table["label"] < 0) & ~table["set_aside"]
    decided["label"] = table["label"].mask(none, table["predicted"])
    for column in ("weight", "confidence"):
        decided[column] = decided[column].mask(none, table["certainty"].astype(float))
    decided["looked"] &= ~none
    return decided


class _Files:
    """The contents of entries: bytes, or the path of a file that a hard link is to be made of."""

    def __init__(self, images: ImageStore, originals: Originals, link: bool) -> None:
        self._images, self._originals, self._link = images, originals, link

    def contents(self, entries: Iterator[Entry]) -> Generator[Content, None, None]:
        """Each entry with its content, in order; several are read ahead in threads."""
        return in_order(self._content, entries, max(2, cpu_threads()))

    def notice(self, labelled: Labelled) -> str:
        """What is no copy of its original, in a sentence; nothing where all are."""
        stored = sum(not image.original for image in labelled.images)
        if not stored:
            return ""
        source = self._images.source
        gone = f"their originals in {source} are gone or have changed"
        why = gone if self._originals.of_files else f"there are no image files in {source}"
        many = f"{stored:,} of {len(labelled.images):,} images"
        return f"{many} are what the project keeps of them, as PNG: {why}"

    def _content(self, entry: Entry) -> Content:
        if isinstance(entry.content, bytes):
            return entry, entry.content
        row = entry.content.number
        if not entry.content.original:
            return entry, _png(self._images, row)
        path = self._originals.path(row) if self._link else None
        if path is not None:
            return entry, path
        try:
            return entry, self._originals.read(row)
        except (OSError, UnreadableError) as error:
            raise StateError(
                f"the original of {entry.content.source} cannot be read ({error}); repair or "
                "remove it, and export again"
            ) from error


class _Counted:
    """Reports how many images of `total` are under way, and at last that all are written."""

    def __init__(self, report: Report, total: int) -> None:
        self._report, self._rarely, self._total = report, now_and_then(report), total

    def through(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        """The same entries."""
        done = 0
        for entry in entries:
            yield entry
            if isinstance(entry.content, LabelledImage):
                done += 1
                self._rarely(Progress("export", done, self._total, "Writing images"))

    def last(self, notice: str) -> Progress:
        """The end, with what the person should know."""
        return Progress("export", self._total, self._total, milestone=True, notice=notice)


def _write_zip(stream: BinaryIO, contents: Iterator[Content]) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        for entry, content in contents:
            about = zipfile.ZipInfo(entry.path, _MOMENT)
            about.external_attr = 0o100644 << 16
            if isinstance(entry.content, bytes):  # pictures are compressed already
                about.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(about, content.read_bytes() if isinstance(content, Path) else content)


def _write_files(folder: Path, contents: Iterator[Content]) -> None:
    made: set[Path] = set()
    for entry, content in contents:
        file = folder / entry.path
        if file.parent not in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            made.add(file.parent)
        if isinstance(content, bytes):
            file.write_bytes(content)
            continue
        try:
            os.link(content.resolve(), file)
        except OSError as error:
            raise StateError(
                f"{content} cannot be linked to ({error.strerror}): choose a folder on the disk "
                "of the originals, or leave link off"
            ) from error


def _png(images: ImageStore, row: int) -> bytes:
    """What the store shows of an image: its display picture, else its pixels."""
    pixels = images.display(row)
    if images.channels == 1 and (images.pictures is None or not images.pictures.present[row]):
        pixels = pixels[..., 0]
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def _size(images: ImageStore, row: int, original: bool) -> tuple[int, int]:
    """Width and height in pixels of an original, or of what `_png` gives."""
    width, height = int(images.shapes[row, 0]), int(images.shapes[row, 1])
    if original:
        return width, height
    if images.pictures is None or not images.pictures.present[row]:
        return images.width, images.height
    longest = max(width, height)
    return (width, height) if longest <= DISPLAY_SIDE else fitted(width, height, DISPLAY_SIDE)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)
