"""Runs the cells of an experiment that are not finished yet, and writes its report."""

import json
import re
import shutil
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from labeller.errors import StateError
from labeller.events import Progress, Report, silent
from labeller.experiments.reproduce.experiment import (
    SCALES,
    Bench,
    Cell,
    Experiment,
    Record,
    Scale,
    get,
)
from labeller.experiments.reproduce.parallel import side_by_side
from labeller.experiments.reproduce.report import write_report
from labeller.runtime import device_name, resolve_device, versions
from labeller.store.files import write_json

WORK = ".labeller-work"  # images and half-finished trainings, deleted at the end
CELL_NAME = re.compile(r"[A-Za-z0-9_-]+")


def reproduce(
    name: str | Experiment,
    folder: str | Path,
    *,
    scale: Scale = "small",
    seeds: Sequence[int] | None = None,
    device: str = "auto",
    data_dir: str | Path | None = None,
    loss_weights: str | None = None,
    processes: int = 1,
    command: str = "",
    report: Report = silent,
) -> dict[str, Any]:
    """Runs the experiment `name` into `folder`, and returns what report.json holds.

    Cells that `folder` holds with the same settings are taken from there. `seeds` None: those
    that the experiment has for the scale. `loss_weights`: a file, or as methods have them; None:
    the experiment's own. `processes`: so many cells at a time, each with its share of the cores.
    `command` is what report.md says it came from.

    Raises ValueError for an unknown experiment, scale or device, less than one process, and for
    loss weights of an experiment without a loss network, StateError when another run writes to
    `folder`, or it holds a report of something else, and what a cell raises; the cells finished
    before stay.
    """
    experiment = name if isinstance(name, Experiment) else get(name)
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale}")
    numbers = list(dict.fromkeys(experiment.seeds[scale] if seeds is None else seeds))
    if not numbers or min(numbers) < 0:
        raise ValueError(f"seeds must be one or more numbers from 0, got {numbers}")
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    resolve_device(device)  # a wrong device is said before anything is written
    cells = _cells(experiment, scale, numbers, loss_weights)
    place = Path(folder).expanduser().absolute()
    _check_own(place, experiment.name)
    place.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise StateError(f"another run writes to {folder}; wait for it or stop it") from error
    try:
        bench = Bench(place / WORK, device, Path(data_dir) if data_dir else None, report)
        # A folder a scale: cells of different scales have the same names.
        records = run_cells(experiment, cells, place / "cells" / scale, bench, processes)
        about = {"scale": scale, "seeds": numbers, "command": command}
        report(Progress("report", message="writing the report and its figures"))
        result = write_report(experiment, records, place, about)
        shutil.rmtree(bench.folder, ignore_errors=True)
    finally:
        lock.release()
        (place / ".lock").unlink(missing_ok=True)
    return result


def _check_own(folder: Path, name: str) -> None:
    """Raises StateError where the report would take the place of something else."""
    if not (folder / "report.md").exists() and not (folder / "report.json").exists():
        return
    try:
        found = json.loads((folder / "report.json").read_text(encoding="utf-8"))["experiment"]
    except (OSError, ValueError, KeyError, TypeError):
        found = "something else"
    if found != name:
        raise StateError(f"{folder} holds a report of {found}; name another folder")


def run_cells(
    experiment: Experiment, cells: Sequence[Cell], folder: Path, bench: Bench, processes: int = 1
) -> list[Record]:
    """The records of all cells: read where they are finished, measured and written where not."""
    paths = [(cell, folder / f"{cell.name}.json") for cell in cells]
    left = [(cell, path) for cell, path in paths if finished(path, cell) is None]
    if processes > 1 and len(left) > 1:
        side_by_side(
            [partial(_measured_into, path, experiment, cell) for cell, path in left],
            bench,
            processes,
        )
    records = []
    for place, (cell, path) in enumerate(paths):
        record = finished(path, cell)
        if record is None:
            said = f"{cell.name}, cell {place + 1} of {len(cells)}"
            bench.report(Progress(f"cell {place + 1}", message=said, milestone=True))
            record = _measured_into(path, experiment, cell, bench)
        records.append(record)
    return records


def _measured_into(path: Path, experiment: Experiment, cell: Cell, bench: Bench) -> Record:
    record = measured(experiment, cell, bench)
    write_json(path, vars(record))
    return record


def finished(path: Path, cell: Cell) -> Record | None:
    """The record in `path`, or None where there is none, or one with other settings."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        record = Record(**content)
    except (OSError, ValueError, TypeError):  # absent, not JSON, or of another make
        return None
    return record if record.settings == _plain(cell.settings) else None


def measured(experiment: Experiment, cell: Cell, bench: Bench) -> Record:
    """The record of a cell, run now."""
    started = time.monotonic()
    numbers = experiment.measure(_plain(cell.settings), bench)
    return Record(
        name=cell.name,
        settings=_plain(cell.settings),
        numbers=_plain(numbers),
        seconds=round(time.monotonic() - started, 2),
        device=device_name(resolve_device(bench.device)),
        versions=versions(),
    )


def _plain(value: Any) -> Any:
    """The value as JSON gives it back, so that a resumed run sees what the first one saw."""
    return json.loads(json.dumps(value))


def _cells(
    experiment: Experiment, scale: Scale, seeds: Sequence[int], weights: str | None
) -> list[Cell]:
    if weights is None:
        return _checked(experiment.cells(scale, seeds))
    if not experiment.loss_network:
        raise ValueError(f"loss_weights must be left out: {experiment.name} has no loss network")
    return _checked(experiment.cells(scale, seeds, weights))


def _checked(cells: list[Cell]) -> list[Cell]:
    names = [cell.name for cell in cells]
    wrong = [name for name in names if not CELL_NAME.fullmatch(name) or names.count(name) > 1]
    if wrong or not cells:
        raise ValueError(
            f"cells must have different names of letters, digits, - and _, got {wrong or 'none'}"
        )
    return cells
