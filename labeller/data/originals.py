"""The image files that a store was made of, those of them that are still as they were."""

from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from labeller.data.decode import UnreadableError
from labeller.data.files import Files
from labeller.data.images import ImageStore
from labeller.data.layout import shown
from labeller.data.sources.registry import open_files
from labeller.errors import LabellerError


def files_of(store: ImageStore) -> tuple[Files, np.ndarray] | None:
    """The files of the source of a store, and the place (N,) int64 of each image among them.

    -1: not there any more. None where the source is gone, or has no image files.
    """
    try:
        files = open_files(store.source)
    except LabellerError:
        return None
    if files is None:
        return None
    place = {shown(path): row for row, path in enumerate(files.paths)}
    return files, np.array([place.get(name, -1) for name in store.names], dtype=np.int64)


def file_in_folder(store: ImageStore, row: int) -> Path | None:
    """Where an original lies in the folder that is the source, found without listing the folder;
    None where the source is no folder, or the file is not as long as it was."""
    path = Path(store.source) / store.names[row]
    try:
        same = path.is_file() and path.stat().st_size == int(store.shapes[row, 2])
    except OSError:
        return None
    return path if same and Path(store.source).is_dir() else None


class Originals:
    """The original of each image of a store; in a `with`, which closes an archive at its end."""

    def __init__(self, store: ImageStore) -> None:
        self._store = store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._found is not None:
            self._found[0].close()

    @property
    def of_files(self) -> bool:
        """Whether the source is there and consists of image files."""
        return self._found is not None

    def there(self, row: int) -> bool:
        """Whether the original of an image has as many bytes as at the import."""
        if self._found is None or self._found[1][row] < 0:
            return False
        files, places = self._found
        try:
            return files.size(int(places[row])) == int(self._sizes[row])
        except (OSError, UnreadableError):
            return False

    def read(self, row: int) -> bytes:
        """The bytes of an original; raises OSError or UnreadableError where it is not as it was."""
        if self._found is None or self._found[1][row] < 0:
            raise UnreadableError("gone")
        files, places = self._found
        stream, _ = files.open(int(places[row]))
        with stream:
            content = stream.read()
        if len(content) != self._sizes[row]:
            raise UnreadableError("changed since the import")
        return content

    def path(self, row: int) -> Path | None:
        """Where an original lies as a file of its own; None for one inside an archive, or gone."""
        if self._found is None or self._found[1][row] < 0:
            return None
        return self._found[0].path(int(self._found[1][row]))

    @cached_property
    def _found(self) -> tuple[Files, np.ndarray] | None:
        return files_of(self._store)

    @cached_property
    def _sizes(self) -> np.ndarray:
        sizes: np.ndarray = self._store.shapes[:, 2]
        return sizes
