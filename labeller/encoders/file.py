"""Ready features, computed elsewhere: one row per image, in a file."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator

from labeller.config import Settings
from labeller.encoders.base import Encoder, half, register
from labeller.errors import DataError, NotFoundError, StateError, one_line

SUFFIXES = (".npy", ".npz", ".parquet")


@register
class File(Encoder):
    """Features of your own, from a file: .npy by row, .npz and .parquet by the images' paths.

    .npy: one array (N, F), the images in the order of the project. .npz: arrays `names` (N,) and
    `features` (N, F). .parquet: a column `path`, and either one column of lists or F columns of
    numbers. Paths are those that `labeller export` writes; a file may have more than the project.
    """

    name = "file"
    title = "Features from a file"
    licence = "your own"
    spelled = "path"
    size = 0  # it is shown no pictures

    class Config(Settings):
        """Where the features are."""

        path: str = Field(description="A file of features: .npy, .npz or .parquet.")

        @field_validator("path")
        @classmethod
        def _readable(cls, path: str) -> str:
            """Whole, since the worker runs in another folder."""
            if Path(path).suffix.lower() not in SUFFIXES:
                raise ValueError(f"must end in {', '.join(SUFFIXES)}, got {path or 'nothing'}")
            return str(Path(path).expanduser().absolute())

    def __init__(self, config: Any) -> None:
        """Raises NotFoundError without the file."""
        super().__init__(config)
        self.path = Path(config.path)
        if not self.path.is_file():
            raise NotFoundError(f"there is no file of features {self.path}")

    @property
    def features(self) -> int:
        """Columns of the file."""
        return int(self._content[1].shape[1])

    @cached_property
    def digest(self) -> str:
        """Of the file's content."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()[:16]

    def forward(self, batch: np.ndarray) -> np.ndarray:
        """Raises StateError: a file has no features of new pictures."""
        raise StateError(f"there are features of the project's own images alone in {self.path}")

    def ready(self, names: Sequence[str]) -> np.ndarray:
        """The features (N, F) of the images with these paths."""
        paths, features = self._content
        if paths is None:
            if len(features) != len(names):
                raise DataError(
                    f"{self.path} must have a row per image ({len(names):,}), got {len(features):,}"
                )
            return half(features, str(self.path))
        rows = {path: row for row, path in enumerate(paths)}
        if len(rows) < len(paths):
            twice = next(path for row, path in enumerate(paths) if rows[path] != row)
            raise DataError(f"{self.path} must have each path once, got {twice} twice")
        missing = [name for name in names if name not in rows]
        if missing:
            raise DataError(
                f"{self.path} must have the features of all {len(names):,} images, got none of "
                f"{len(missing):,}, such as {missing[0]} (its own paths are like {paths[0]})"
            )
        return half(features[[rows[name] for name in names]], str(self.path))

    @cached_property
    def _content(self) -> tuple[list[str] | None, np.ndarray]:
        """The paths, if it has them, and the features (n, F)."""
        try:
            paths, features = _READERS[self.path.suffix.lower()](self.path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{self.path} cannot be read as features: {one_line(error)}") from None
        numbers = np.issubdtype(features.dtype, np.number) and not np.iscomplexobj(features)
        if features.ndim != 2 or not features.size or not numbers:
            raise DataError(
                f"features must be numbers of shape (N, F), got {features.dtype} of shape "
                f"{features.shape} in {self.path}"
            )
        if paths is not None and len(paths) != len(features):
            raise DataError(
                f"{self.path} must have as many names as rows of features, got {len(paths):,} and "
                f"{len(features):,}"
            )
        return paths, features


def _rows(file: Path) -> tuple[None, np.ndarray]:
    return None, np.load(file, mmap_mode="r", allow_pickle=False)


def _named(file: Path) -> tuple[list[str], np.ndarray]:
    with np.load(file, allow_pickle=False) as arrays:
        for name in ("names", "features"):
            if name not in arrays.files:
                raise ValueError(f"it must have an array {name}, got {', '.join(arrays.files)}")
        return [str(name) for name in arrays["names"]], arrays["features"]


def _table(file: Path) -> tuple[list[str], np.ndarray]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    if "path" not in table.column_names:
        raise ValueError(f"it must have a column path, got {', '.join(table.column_names)}")
    paths = [str(path) for path in table["path"].to_pylist()]
    columns = table.drop_columns(["path"])
    lists = [field.name for field in columns.schema if pa.types.is_nested(field.type)]
    if lists:
        if len(lists) > 1:
            raise ValueError(f"it must have one column of lists, got {', '.join(lists)}")
        return paths, np.array(columns[lists[0]].to_pylist(), np.float32)
    numeric = [
        field.name
        for field in columns.schema
        if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
    ]
    if not numeric:
        raise ValueError("it must have columns of numbers beside path, got none")
    return paths, np.stack([columns[name].to_numpy() for name in numeric], axis=1)


_READERS = {".npy": _rows, ".npz": _named, ".parquet": _table}
