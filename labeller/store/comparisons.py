"""Comparisons of a project on disk: a folder each, one file per run, so that a kill loses none.

`comparisons/<number>/comparison.json` says what was asked; `cells/<key>.json` and `cells/<key>.npz`
are the record and the arrays of each finished run; `checkpoints/<key>/` belongs to a running one.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from zipfile import BadZipFile, is_zipfile

import numpy as np

from labeller.errors import DataError, NotFoundError
from labeller.store.files import ProjectFolder, read_arrays, remove_tree, write_arrays, write_json
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
        return _read(self.path / "comparison.json")

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
            if set(record) >= FIELDS and is_zipfile(self._arrays(record["key"]))
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
        try:
            return read_arrays(path)
        except (OSError, ValueError, BadZipFile) as error:
            raise DataError(f"{path} cannot be read ({error}); delete the comparison") from error

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
    last = int(_read(counter)["number"]) if counter.exists() else 0
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


def _read(path: Path) -> Record:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("it is no record")
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); delete the comparison") from error
    return record
