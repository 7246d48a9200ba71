"""Comparisons of a project on disk: a folder each, one file per run, so that a kill loses none.

`comparisons/<number>/comparison.json` says what was asked; `cells/<key>.json` and `cells/<key>.npz`
are the record and the arrays of each finished run; `checkpoints/<key>/` belongs to a running one.
"""

from datetime import UTC, datetime
from pathlib import Path
from zipfile import is_zipfile

import numpy as np

from labeller.data.sealed import check
from labeller.errors import DamagedFileError, NotFoundError
from labeller.store.files import (
    ProjectFolder,
    read_arrays,
    read_json,
    remove_tree,
    write_arrays,
    write_json,
)
from labeller.store.runs import Record, RunFolder

# What the record of every run has, finished or failed.
FIELDS = {"key", "state", "settings", "label", "latent", "seed"}
FIELDS |= {"scores", "curve", "fit", "seconds"}


class ComparisonFolder:
    """The files of one comparison; raises NotFoundError when it was deleted."""

    def __init__(self, project: ProjectFolder, number: int) -> None:
        self.number = number
        self.path = _home(project) / str(number)
        self._runs = RunFolder(self.path / "cells")
        if not (self.path / "comparison.json").exists():
            raise NotFoundError(f"there is no comparison {number}")

    @property
    def record(self) -> Record:
        """What was asked: name, created_at, config, job."""
        return read_json(self.path / "comparison.json")

    @property
    def made_at(self) -> datetime:
        """When the record was last written, for one that cannot be read."""
        return datetime.fromtimestamp((self.path / "comparison.json").stat().st_mtime, UTC)

    def change(self, **fields: object) -> None:
        """Replace fields of the record."""
        write_json(self.path / "comparison.json", {**self.record, **fields})

    def cells(self) -> list[Record]:
        """The record of every run so far, in the order in which they ended.

        One that cannot be read, or whose arrays cannot, is left out, so that it is measured again.
        """
        return [
            record
            for record in self._runs.all()
            if set(record) >= FIELDS and _intact(self._arrays(record["key"]))
        ]

    def keep(self, record: Record, arrays: dict[str, np.ndarray]) -> None:
        """Write a finished run, the arrays first: a record is the sign that all is there."""
        write_arrays(self._arrays(record["key"]), arrays)
        self._runs.keep(record["key"], record)
        remove_tree(self.checkpoints(record["key"]))

    def arrays(self, key: str) -> dict[str, np.ndarray]:
        """Maps, pictures and class sizes of a run; raises NotFoundError, or DataError."""
        path = self._arrays(key)
        if not path.exists():
            raise NotFoundError(f"comparison {self.number} has no run {key}")
        return read_arrays(path)

    def checkpoints(self, key: str) -> Path:
        """Where the training of a run keeps its last epoch."""
        return self.path / "checkpoints" / key

    def _arrays(self, key: str) -> Path:
        return self.path / "cells" / f"{key}.npz"

    def delete(self) -> None:
        """Remove everything."""
        remove_tree(self.path)


def new_comparison(project: ProjectFolder, record: Record) -> ComparisonFolder:
    """Writes a new comparison under the next number; numbers of deleted ones stay unused."""
    home = _home(project)
    home.mkdir(parents=True, exist_ok=True)
    counter = home / "last.json"
    try:
        last = int(read_json(counter)["number"])
    except DamagedFileError:  # or not there yet
        last = 0
    number = max([last, *numbers(project)]) + 1
    write_json(counter, {"number": number})
    write_json(home / str(number) / "comparison.json", record)
    return ComparisonFolder(project, number)


def numbers(project: ProjectFolder) -> list[int]:
    """The numbers of all comparisons, ascending."""
    records = _home(project).glob("*/comparison.json")
    return sorted(int(path.parent.name) for path in records if path.parent.name.isdecimal())


def _home(project: ProjectFolder) -> Path:
    return project.path / "comparisons"


def _intact(path: Path) -> bool:
    try:
        check(path)
    except DamagedFileError:
        return False
    return is_zipfile(path)
