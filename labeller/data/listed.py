"""Image files that a table or a file of tasks names, row by row, with a class and a part each."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from labeller.data.files import Files, open_file
from labeller.data.kinds import is_image
from labeller.data.layout import Layout, layout_of, shown, splits_of
from labeller.errors import DataError

# What columns are called, in the order in which they are looked for; capitals do not matter.
PATHS = (
    *("path", "file", "image", "filename", "file_name", "filepath", "file_path"),
    *("image_path", "image_file", "img"),
)
LABELS = ("label", "class", "category", "labels", "class_name", "choice", "target")
SPLITS = ("split", "part", "subset")
MAX_ROWS = 2_000_000
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def column(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The first of the `wanted` columns that is there, as it is written there."""
    written = {name.strip().lower(): name for name in reversed(names)}
    return next((written[name] for name in wanted if name in written), None)


def text_of(value: object) -> str:
    """A cell as text: nothing for what is missing, whole numbers without a point."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


@dataclass
class Listed(Files):
    """Files by the paths in a list, relative to `root`; `labels` and `splits` of each ("" unknown).

    `names`: the class names in their order, None where they are those that occur.
    """

    root: Path = Path()
    labels: list[str] = field(default_factory=list)
    splits: list[str] = field(default_factory=list)
    names: list[str] | None = None
    notes: list[str] = field(default_factory=list)
    _listed: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, label: str = "", split: str = "") -> None:
        """Take one row; what cannot be an image is kept in mind with its reason.

        Raises DataError for the address of a page, and where there are too many rows.
        """
        path = path.replace("\\", "/").removeprefix("file://")
        row = len(self.paths) + len(self.skipped) + len(self.other) + 1
        if _URL.match(path):
            raise DataError(
                f"{self.title} must name files on this computer, got {shown(path[:200])} in row "
                f"{row}; nothing is downloaded: download the images and name their paths"
            )
        if row > MAX_ROWS:
            raise DataError(f"{self.title} must have at most {MAX_ROWS:,} rows; split it")
        path = posixpath.normpath(path) if path else ""
        if not path:
            self.skipped.append((f"row {row}", "no path"))
        elif path in self._listed:
            same = self._listed[path] == label
            reason = "listed twice" if same else "listed again with another class: the first counts"
            self.skipped.append((shown(path), reason))
        elif not is_image(path):
            self.pass_over(path)
        else:
            self._listed[path] = label
            self.paths.append(path)
            self.labels.append(label)
            self.splits.append(split)

    def layout(self) -> Layout:
        """The classes and parts that the list has; raises DataError for an unknown part."""
        layout = layout_of(self.labels, splits_of(self.title, self.splits), self.names)
        return replace(layout, notes=[*self.notes, *layout.notes])

    def open(self, row: int) -> tuple[BinaryIO, int]:
        return open_file(self.root / self.paths[row])
