"""Runs the cells of an experiment that are not finished yet, and writes its report."""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from labeller.config.settings import replaced
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
from labeller.runtime import measured_on, resolve_device
from labeller.store.runs import RunFolder, only_writer, plain

ScoredOn = Literal["held-out", "test"]
SCORED_ON: dict[str, float] = {"held-out": 0.1, "test": 0.0}  # share of the training images
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

    Cells that `folder` holds with the same settings are taken from there. `seeds`, `loss_weights`
    None: the experiment's own. `processes`: so many cells at a time, each with its share of the
    cores. `command` is what report.md says it came from.

    Raises ValueError for arguments out of range, StateError when another run writes to `folder`, or
    it holds a report of something else, and what a cell raises; the cells finished before stay.
    """
    experiment = _checked_experiment(name, scale, device)
    numbers = list(dict.fromkeys(experiment.seeds[scale] if seeds is None else seeds))
    if not numbers or min(numbers) < 0:
        raise ValueError(f"seeds must be one or more numbers from 0, got {numbers}")
    if processes < 1:
        raise ValueError(f"processes must be at least 1, got {processes}")
    cells = _cells(experiment, scale, numbers, loss_weights)
    place = Path(folder).expanduser().absolute()
    _check_own(place, experiment.name)
    place.mkdir(parents=True, exist_ok=True)
    with only_writer(place / ".lock", Path(folder)):
        bench = Bench(place / WORK, device, Path(data_dir) if data_dir else None, report)
        # One folder per scale: cells of different scales have the same names.
        records = run_cells(experiment, cells, place / "cells" / scale, bench, processes)
        about = {"scale": scale, "seeds": numbers, "command": command}
        report(Progress("report", message="writing the report and its figures"))
        result = write_report(experiment, records, place, about)
        shutil.rmtree(bench.folder, ignore_errors=True)
    return result


def trial(
    name: str,
    row: str,
    *,
    scale: Scale = "small",
    seed: int = 0,
    changes: Mapping[str, Any] | None = None,
    on: ScoredOn = "held-out",
    device: str = "auto",
    data_dir: str | Path | None = None,
    report: Report = silent,
) -> Record:
    """The record of the cell `row` of the experiment `name`, with `changes` of its settings.

    `on` "held-out": it is scored on a tenth of the training images, always the same one, which
    nothing learns from; "test": as `reproduce` scores it. `changes` has dotted names, such as
    {"method.view_scale": 0.75}. Nothing is kept. Raises ValueError for an unknown experiment,
    scale, row, device, setting or `on`, and what the cell raises.
    """
    experiment = _checked_experiment(name, scale, device)
    if on not in SCORED_ON:
        raise ValueError(f"on must be one of {', '.join(SCORED_ON)}, got {on}")
    ending = f"-seed{seed}"
    cells = {cell.name.removesuffix(ending): cell for cell in experiment.cells(scale, [seed])}
    if row not in cells:
        raise ValueError(f"row must be one of {', '.join(cells)}, got {row}")
    settings = _changed(cells[row].settings, changes or {})
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
        folder = Path(data_dir) if data_dir else None
        bench = Bench(Path(scratch), device, folder, report, held_out=SCORED_ON[on])
        return measured(experiment, Cell(f"{row}{ending}", settings), bench)


def _checked_experiment(name: str | Experiment, scale: str, device: str) -> Experiment:
    """The experiment; a wrong scale or device is said before anything is written."""
    experiment = name if isinstance(name, Experiment) else get(name)
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale}")
    resolve_device(device)
    return experiment


def _check_own(folder: Path, name: str) -> None:
    """Raises StateError where the report would take the place of something else."""
    if not (folder / "report.md").exists() and not (folder / "report.json").exists():
        return
    try:
        other = json.loads((folder / "report.json").read_text(encoding="utf-8"))["experiment"]
    except (OSError, ValueError, KeyError, TypeError):
        other = "something else"
    if other != name:
        raise StateError(f"{folder} holds a report of {other}; name another folder")


def run_cells(
    experiment: Experiment, cells: Sequence[Cell], folder: Path, bench: Bench, processes: int = 1
) -> list[Record]:
    """The records of all cells: read where they are finished, measured and written where not."""
    runs = RunFolder(folder)
    left = [cell for cell in cells if _finished(runs, cell) is None]
    if processes > 1 and len(left) > 1:
        measures = [partial(_measured_into, runs, experiment, cell) for cell in left]
        side_by_side(measures, bench, processes)
    records = []
    for place, cell in enumerate(cells, 1):
        record = _finished(runs, cell)
        if record is None:
            message = f"{cell.name}, cell {place} of {len(cells)}"
            bench.report(Progress(f"cell {place}", message=message, milestone=True))
            record = _measured_into(runs, experiment, cell, bench)
        records.append(record)
    return records


def _measured_into(runs: RunFolder, experiment: Experiment, cell: Cell, bench: Bench) -> Record:
    record = measured(experiment, cell, bench)
    runs.keep(cell.name, vars(record))
    return record


def _finished(runs: RunFolder, cell: Cell) -> Record | None:
    """The record of a cell, or None where there is none, or one with other settings."""
    try:
        record = Record(**(runs.get(cell.name) or {}))
    except TypeError:  # absent, or of another make
        return None
    return record if record.settings == plain(cell.settings) else None


def measured(experiment: Experiment, cell: Cell, bench: Bench) -> Record:
    """The record of a cell, run now."""
    started = time.monotonic()
    numbers = experiment.measure(plain(cell.settings), bench)
    return Record(
        name=cell.name,
        settings=plain(cell.settings),
        numbers=plain(numbers),
        seconds=round(time.monotonic() - started, 2),
        **measured_on(bench.device),
    )


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


def _changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with some replaced; raises ValueError for a name that no cell reads."""
    for name in changes:
        if name.partition(".")[0] not in settings:
            raise ValueError(f"settings must be of {', '.join(sorted(settings))}, got {name}")
    return replaced(settings, changes)
