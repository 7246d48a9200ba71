"""What is finished: one cell for each strategy, seed, share of wrong answers and budget.

The file is written anew after each cell, through a temporary file, so that a run that was stopped
goes on where it was.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from labeller.errors import StateError
from labeller.store.files import write_json


@dataclass(frozen=True)
class Cell:
    """One number of the benchmark.

    `strategy` of kind recommended, paper, baseline or supervised; `budget` answers allowed and
    `answers` given; `rows` the images asked about, where answers are about images.
    """

    strategy: str
    kind: str
    seed: int
    error_rate: float
    budget: int
    answers: int
    test_accuracy: float
    seconds: float
    rows: list[int] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, int, float, int]:
        """What tells the cell from any other."""
        return self.strategy, self.seed, self.error_rate, self.budget


class Cells:
    """The finished cells of one run, and the file that they are kept in (None: in no file)."""

    def __init__(
        self, settings: Mapping[str, Any], path: Path | None = None, *, resume: bool = False
    ) -> None:
        """Starts empty, or with the cells of `path` when `resume`.

        `settings` are what a result depends on; raises StateError when the file was made with
        others, or is there and `resume` is not asked for.
        """
        self.settings, self.path = dict(settings), path
        self.facts: dict[str, Any] = {}
        self._cells: dict[tuple[str, int, float, int], Cell] = {}
        if path is None or not path.exists():
            return
        if not resume:
            raise StateError(f"{path} exists; go on with it (--resume) or name another file")
        record = _read(path)
        different = sorted(
            name for name, value in self.settings.items() if record.get(name) != _plain(value)
        )
        if different:
            raise StateError(
                f"{path} was made with another {' and '.join(different)}; name another file"
            )
        for values in record["cells"]:
            cell = Cell(**values)
            self._cells[cell.key] = cell

    def get(self, strategy: str, seed: int, error_rate: float, budget: int) -> Cell | None:
        """The finished cell, or None."""
        return self._cells.get((strategy, seed, error_rate, budget))

    def add(self, cell: Cell) -> Cell:
        """Keeps a finished cell, on the disk before this returns."""
        self._cells[cell.key] = cell
        self.write()
        return cell

    def write(self) -> None:
        """Writes the record to the file, if there is one."""
        if self.path is not None:
            write_json(self.path, self.record())

    def record(self) -> dict[str, Any]:
        """Settings, facts of the run, `curves`, and `cells`, as JSON has them."""
        cells = [asdict(cell) for cell in self._cells.values()]
        return {
            **self.settings,
            **self.facts,
            "curves": curves(self._cells.values()),
            "cells": cells,
        }


def curves(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    """A curve for each strategy and share of wrong answers: mean and spread over seeds.

    Each has `name, kind, error_rate` and `points`, by number of answers, each with `answers` (the
    budget), `mean`, `std` (of the population) and `seeds`.
    """
    groups: dict[tuple[str, str, float], dict[int, list[Cell]]] = {}
    for cell in cells:
        group = groups.setdefault((cell.strategy, cell.kind, cell.error_rate), {})
        group.setdefault(cell.budget, []).append(cell)
    return [
        {
            "name": name,
            "kind": kind,
            "error_rate": error_rate,
            "points": [
                {
                    "answers": budget,
                    "mean": fmean(cell.test_accuracy for cell in group[budget]),
                    "std": pstdev(cell.test_accuracy for cell in group[budget]),
                    "seeds": sorted(cell.seed for cell in group[budget]),
                }
                for budget in sorted(group)
            ],
        }
        for (name, kind, error_rate), group in groups.items()
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record["cells"], list):
            raise TypeError("cells is not a list")
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{path} is no record of this benchmark ({error}); name another"
        ) from error
    return record


def _plain(value: Any) -> Any:
    """As it comes back from JSON: tuples are lists."""
    return json.loads(json.dumps(value))
