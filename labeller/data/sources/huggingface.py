"""Folders as the library `datasets` of Hugging Face has them, read without it."""

import csv
import json
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labeller.data.feed import Feed
from labeller.data.files import Files, feed_files
from labeller.data.layout import Layout, is_split, layout_of, shown, splits_by_folder
from labeller.data.listed import LABELS, column, text_of
from labeller.data.shards import ArrowShard, Features, Shard, Sharded, columns_of
from labeller.data.sources.folders import FolderFiles, list_folder
from labeller.data.sources.registry import PathSource, register
from labeller.errors import DataError
from labeller.events import Progress, Report

_METADATA = ("metadata.csv", "metadata.jsonl")
_FOLDERS = ("", "train", "test", "validation", "val")
_FILE = "file_name"


@register
class ImageFolder(PathSource):
    """A folder of images with a metadata.csv or .jsonl of the columns file_name and label."""

    name = "imagefolder"
    title = "Hugging Face imagefolder"
    what = "folder"
    rank = 5

    @classmethod
    def accepts(cls, path: Path) -> bool:
        """A folder with metadata.csv or metadata.jsonl in it, or in its folders of splits."""
        return bool(_metadata(path))

    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """Raises DataError where the metadata cannot be read or have no column file_name."""
        return feed_files(self.files(path, report), size, report, plain)

    def files(self, path: Path, report: Report) -> Files:
        """All image files below the folder, with the classes that the metadata give them."""
        found = list_folder(path, report)
        files = _Described(
            found.title, sorted(found.paths), found.empty, found.other, found.skipped, found.root
        )
        for place in _metadata(path):
            files.describe(place)
        return files


@register
class SavedDataset(PathSource):
    """A folder that `save_to_disk` of the library `datasets` wrote, with a column of images."""

    name = "datasets"
    title = "Saved Hugging Face data set"
    what = "folder"
    rank = 6

    @classmethod
    def accepts(cls, path: Path) -> bool:
        """A folder with state.json (one split) or dataset_dict.json (several)."""
        return any((path / name).is_file() for name in ("state.json", "dataset_dict.json"))

    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """Raises DataError where a file of it is missing or damaged, or no column has images."""
        return feed_files(self.files(path, report), size, report, plain)

    def files(self, path: Path, report: Report) -> Files:
        """The images inside its Arrow files."""
        report(Progress("scan", message="Reading the data set"))
        names = {"train": path}
        if (path / "dataset_dict.json").is_file():
            listed = _read_json(path / "dataset_dict.json").get("splits", [])
            names = {str(name): path / str(name) for name in listed}
        shards: list[Shard] = [
            ArrowShard(file, name if is_split(name) else "train")
            for name, folder in names.items()
            for file in _data_files(folder)
        ]
        if not shards:
            raise DataError(f"{path} names no data files; save the data set again")
        features = Features.of(shards[0].schema)
        found = columns_of(shards[0].schema, features)
        if found is None or any(found[0] not in shard.schema.names for shard in shards):
            raise DataError(
                f"{path} must have a column of images, got {', '.join(shards[-1].schema.names)}; "
                'cast it with cast_column("image", datasets.Image()) and save it again'
            )
        files = Sharded(str(path), shards=shards, images=found[0], label=found[1], root=path)
        files.features = features
        others = [name for name in names if not is_split(name)]
        if others:
            files.notes.append(f"Taken as images to label: the splits {', '.join(others)}.")
        return files


@dataclass
class _Described(FolderFiles):
    """Image files of a folder with the classes that its metadata give them."""

    labels: dict[str, str] = field(default_factory=dict)
    labelled: bool = False

    def describe(self, place: Path) -> None:
        """Add what a file of metadata says; images that it names and that are not there too."""
        inside = place.parent.relative_to(self.root).as_posix()
        own = place.relative_to(self.root).as_posix()
        self.other = [pair for pair in self.other if pair[0] != own]
        there = set(self.paths) | {name for name, _ in [*self.other, *self.skipped]}
        for row in _rows(place):
            if _FILE not in row:
                raise DataError(
                    f"{place.name} must have a column {_FILE}, got {', '.join(map(str, row))}; "
                    "add it"
                )
            label = column([str(name) for name in row], LABELS)
            self.labelled |= label is not None
            path = posixpath.normpath(posixpath.join(inside, text_of(row[_FILE])))
            if shown(path) not in there and path not in there:
                self.skipped.append((shown(path), f"named in {place.name} and not in the folder"))
            elif label is not None:
                self.labels[path] = text_of(row[label])

    def layout(self) -> Layout:
        """The classes of the metadata; those of folders where they have none."""
        if not self.labelled:
            return super().layout()
        splits = splits_by_folder(self.title, self.paths, self.empty)
        return layout_of([self.labels.get(path, "") for path in self.paths], splits)


def _metadata(path: Path) -> list[Path]:
    places = (path / folder / name for folder in _FOLDERS for name in _METADATA)
    return [place for place in places if place.is_file()]


def _rows(place: Path) -> Iterator[dict[str, Any]]:
    """The rows of a metadata file; raises DataError where it cannot be read."""
    try:
        with place.open(encoding="utf-8-sig", newline="") as stream:
            if place.suffix == ".csv":
                yield from csv.DictReader(stream)
                return
            for line in stream:
                if line.strip():
                    row = json.loads(line)
                    yield row if isinstance(row, dict) else {"": row}
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{place} cannot be read ({error}); write it again") from error


def _data_files(folder: Path) -> list[Path]:
    """The Arrow files of one split."""
    listed = _read_json(folder / "state.json").get("_data_files", [])
    try:
        return [folder / str(one["filename"]) for one in listed]
    except (KeyError, TypeError) as error:
        raise DataError(
            f"{folder / 'state.json'} does not name its data files; save the data set again"
        ) from error


def _read_json(place: Path) -> dict[str, Any]:
    try:
        value = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{place} cannot be read ({error}); save the data set again") from error
    if not isinstance(value, dict):
        raise DataError(f"{place} is not one of a saved data set; save the data set again")
    return value
