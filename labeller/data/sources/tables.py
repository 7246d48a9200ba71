"""Images whose paths stand in a table: CSV, TSV or Parquet, one row per image.

Columns, whatever the case: the path (path, file, image, filename, ...), optional the class (label,
class, category, ...) and the part (split: train, validation or test). Paths are relative to the
table's folder. A Parquet column may hold the image files themselves, as those of Hugging Face do.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from labeller.data.feed import Feed
from labeller.data.files import Files, feed_files
from labeller.data.layout import shown
from labeller.data.listed import LABELS, PATHS, SPLITS, Listed, column, text_of
from labeller.data.shards import Features, ParquetShard, Sharded, columns_of
from labeller.data.sources.registry import PathSource, register
from labeller.errors import DataError
from labeller.events import Progress, Report

_SUFFIXES = (".csv", ".tsv", ".parquet")
_DELIMITERS = ",;\t|"
Row = tuple[str, str, str]  # path, label, split


@register
class Table(PathSource):
    """Images by their paths in a CSV, TSV or Parquet file, perhaps with their classes."""

    name = "table"
    title = "Table of paths"
    what = ".csv or .parquet table"
    rank = 4

    @classmethod
    def accepts(cls, path: Path) -> bool:
        """Any file that ends in .csv, .tsv or .parquet."""
        return path.suffix.lower() in _SUFFIXES and not path.is_dir()

    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """Raises DataError where it is no table, has no column of paths, or names pages."""
        return feed_files(self.files(path, report), size, report, plain)

    def files(self, path: Path, report: Report) -> Files:
        """The files that it names, or those that it holds."""
        report(Progress("scan", message="Reading the table"))
        if path.suffix.lower() == ".parquet":
            return _parquet(path)
        return _listed(path, read_csv(path))


def read_csv(path: Path) -> Iterator[Row]:
    """Path, label and split of each row; raises DataError where it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            delimiter = max(_DELIMITERS, key=first.count)
            rows = csv.DictReader(stream, delimiter=delimiter)
            names = list(rows.fieldnames or ())
            file, label, split = _columns(path.name, names)
            for row in rows:
                values = (row.get(name) if name else "" for name in (file, label, split))
                cells = [text_of(value) for value in values]
                if any(cells):
                    yield cells[0], cells[1], cells[2]
    except UnicodeDecodeError as error:
        raise DataError(f"{path.name} must be text in UTF-8; save it again so") from error
    except (OSError, csv.Error) as error:
        raise DataError(
            f"{path.name} cannot be read as a table ({error}); save it again"
        ) from error


def _listed(path: Path, rows: Iterator[Row]) -> Listed:
    files = Listed(path.name, root=path.parent)
    for row in rows:
        files.add(*row)
    return files


def _columns(title: str, names: list[str]) -> tuple[str, str | None, str | None]:
    """Those of paths, of classes and of parts; raises DataError without the first."""
    file = column(names, PATHS)
    if file is None:
        got = ", ".join(shown(name)[:40] for name in names[:8]) or "nothing"
        raise DataError(
            f"{title} must have a first line of column names, one of them {', '.join(PATHS[:5])}, "
            f"got {got}; name the column of paths so"
        )
    rest = [name for name in names if name != file]
    return file, column(rest, LABELS), column(rest, SPLITS)


def _parquet(path: Path) -> Files:
    shard = ParquetShard(path, "train")
    features = Features.of(shard.schema)
    held = columns_of(shard.schema, features)
    if held is not None:
        return Sharded(path.name, shards=[shard], images=held[0], label=held[1], features=features)
    file, label, split = _columns(path.name, shard.schema.names)
    nothing = [""] * shard.count
    labels = nothing if label is None else shard.column(label)
    splits = nothing if split is None else shard.column(split)
    names = features.names(label)
    rows = zip(shard.column(file), labels, splits, strict=True)
    return _listed(path, ((text_of(a), features.label(b, names), text_of(c)) for a, b, c in rows))
