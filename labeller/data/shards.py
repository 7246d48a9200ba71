"""Image files inside Arrow or Parquet files, as Hugging Face keeps them, read one by one."""

import bisect
import io
import json
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from labeller.data.decode import UnreadableError
from labeller.data.files import Files, open_file
from labeller.data.layout import Layout, layout_of, splits_of
from labeller.data.listed import LABELS, PATHS, column, text_of
from labeller.errors import DataError

_CACHE_BYTES = 256 * 2**20  # of row groups of a Parquet file
_GROUP_BYTES = 2 * 2**30


@dataclass(frozen=True)
class Features:
    """What `datasets` writes about the columns: their kinds, and the names of classes."""

    known: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, schema: pa.Schema) -> "Features":
        """Those in the metadata of a file; none where they are not there."""
        try:
            stored = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
            features = stored["info"]["features"]
        except (ValueError, KeyError, TypeError):
            return cls()
        return cls(features if isinstance(features, dict) else {})

    def of_kind(self, kind: str) -> list[str]:
        """The columns of a kind, such as Image or ClassLabel."""
        return [
            name
            for name, one in self.known.items()
            if isinstance(one, dict) and one.get("_type") == kind
        ]

    def names(self, column: str | None) -> list[str] | None:
        """The names of the classes of a column of ClassLabel, else None."""
        one = self.known.get(column or "")
        names = one.get("names") if isinstance(one, dict) else None
        return [str(name) for name in names] if isinstance(names, list) else None

    def label(self, value: Any, names: list[str] | None) -> str:
        """The name of a class: a number counts the `names`, if there are any."""
        if names is not None and isinstance(value, int):
            return names[value] if 0 <= value < len(names) else ""
        return text_of(value)


class Shard(ABC):
    """One file of rows that belong to a split."""

    def __init__(self, split: str, schema: pa.Schema, count: int) -> None:
        self.split, self.schema, self.count = split, schema, count

    @abstractmethod
    def cell(self, name: str, row: int) -> Any:
        """The value of a column in one row."""

    @abstractmethod
    def column(self, name: str) -> list[Any]:
        """All values of a small column."""


class ArrowShard(Shard):
    """An Arrow file, mapped into memory."""

    def __init__(self, path: Path, split: str) -> None:
        with _sound(path), pa.memory_map(str(path)) as source:
            self._table = pa.ipc.open_stream(source).read_all()
            # Where a value begins stands in the file: a damaged one would end this process.
            self._table.validate(full=True)
        super().__init__(split, self._table.schema, self._table.num_rows)

    def cell(self, name: str, row: int) -> Any:
        return self._table.column(name)[row].as_py()

    def column(self, name: str) -> list[Any]:
        values: list[Any] = self._table.column(name).to_pylist()
        return values


class ParquetShard(Shard):
    """A Parquet file, of which some groups of rows are kept in memory."""

    def __init__(self, path: Path, split: str) -> None:
        self._path = path
        with _sound(path):
            self._file = pq.ParquetFile(path)
        meta = self._file.metadata
        groups = [meta.row_group(group) for group in range(meta.num_row_groups)]
        self._starts = [0, *accumulate(group.num_rows for group in groups)]
        self._bytes = [group.total_byte_size for group in groups]
        self._kept: OrderedDict[tuple[str, int], pa.ChunkedArray] = OrderedDict()
        self._lock = Lock()
        super().__init__(split, self._file.schema_arrow, meta.num_rows)

    def cell(self, name: str, row: int) -> Any:
        group = bisect.bisect_right(self._starts, row) - 1
        return self._group(name, group)[row - self._starts[group]].as_py()

    def column(self, name: str) -> list[Any]:
        with _sound(self._path):
            values: list[Any] = self._file.read([name]).column(name).to_pylist()
        return values

    def _group(self, name: str, group: int) -> pa.ChunkedArray:
        with self._lock:
            if (name, group) not in self._kept:
                if self._bytes[group] > _GROUP_BYTES:
                    raise DataError(
                        f"{self._path.name} must have groups of rows of at most "
                        f"{_GROUP_BYTES // 2**30} GiB; write it again with row_group_size=1000"
                    )
                with _sound(self._path):
                    table = self._file.read_row_group(group, [name])
                self._kept[name, group] = table.column(name)
            self._kept.move_to_end((name, group))
            while len(self._kept) > 1 and self._kept_bytes() > _CACHE_BYTES:
                self._kept.popitem(last=False)
            return self._kept[name, group]

    def _kept_bytes(self) -> int:
        return sum(self._bytes[group] for _, group in self._kept)


@dataclass
class Sharded(Files):
    """Images in the column `images` of some shards; where it holds only paths, below `root`."""

    shards: list[Shard] = field(default_factory=list)
    images: str = ""
    label: str | None = None
    features: Features = Features()
    root: Path = Path()
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [0, *accumulate(shard.count for shard in self.shards)]
        seen: dict[str, int] = {}
        for shard in self.shards:
            first = seen.get(shard.split, 0)
            self.paths += [f"{shard.split}/{first + row}" for row in range(shard.count)]
            seen[shard.split] = first + shard.count

    def layout(self) -> Layout:
        """Classes and parts as the shards have them."""
        names = self.features.names(self.label)
        labels: list[str] = []
        splits: list[str] = []
        for shard in self.shards:
            known = self.label is not None and self.label in shard.schema.names
            values = shard.column(self.label or "") if known else [None] * shard.count
            labels += [self.features.label(value, names) for value in values]
            splits += [shard.split] * shard.count
        layout = layout_of(labels, splits_of(self.title, splits), names)
        return replace(layout, notes=[*self.notes, *layout.notes])

    def open(self, row: int) -> tuple[BinaryIO, int]:
        at = bisect.bisect_right(self._starts, row) - 1
        value = self.shards[at].cell(self.images, row - self._starts[at])
        content = value.get("bytes") if isinstance(value, dict) else value
        if isinstance(content, bytes):
            return io.BytesIO(content), len(content)
        place = value.get("path") if isinstance(value, dict) else None
        if not place:
            raise UnreadableError("no image in the row")
        return open_file(self.root / str(place))


def columns_of(schema: pa.Schema, features: Features) -> tuple[str, str | None] | None:
    """The columns of images, which hold files, and of classes (or None); None without the first."""
    holding = [one.name for one in schema if _holds_files(one.type)]
    images = next((name for name in features.of_kind("Image") if name in holding), None)
    images = images or column(holding, PATHS)
    if images is None:
        return None
    rest = [name for name in schema.names if name != images]
    labels = [name for name in features.of_kind("ClassLabel") if name in rest]
    return images, labels[0] if labels else column(rest, LABELS)


def _holds_files(kind: pa.DataType) -> bool:
    if pa.types.is_struct(kind):
        return int(kind.get_field_index("bytes")) >= 0
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


@contextmanager
def _sound(path: Path) -> Iterator[None]:
    """Inside, what cannot be read is a DataError."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:120]
        raise DataError(f"{path.name} is damaged ({reason}); write or download it again") from error
