"""One cell of an experiment with other settings, for choosing them without the test images."""

import copy
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labeller.events import Report, silent
from labeller.reproduce.experiment import SCALES, Bench, Cell, Record, Scale
from labeller.reproduce.registry import get
from labeller.reproduce.runner import measured
from labeller.runtime import resolve_device

HELD_OUT = 0.1  # of the training images


def trial(
    name: str,
    row: str,
    *,
    scale: Scale = "small",
    seed: int = 0,
    changes: Mapping[str, Any] | None = None,
    device: str = "auto",
    data_dir: str | Path | None = None,
    report: Report = silent,
) -> Record:
    """The record of the cell `row` of the experiment `name`, with `changes` of its settings.

    It is scored on a tenth of the training images, always the same one, which nothing learns from:
    settings that were chosen so leave the test images untouched. `changes` has dotted keys, such
    as {"epochs": 24, "method.view_scale": 0.75}. Nothing is kept.

    Raises ValueError for an unknown experiment, scale, row, device or setting, and what the cell
    raises.
    """
    experiment = get(name)
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale}")
    resolve_device(device)
    ending = f"-seed{seed}"
    cells = {cell.name.removesuffix(ending): cell for cell in experiment.cells(scale, [seed])}
    if row not in cells:
        raise ValueError(f"row must be one of {', '.join(cells)}, got {row}")
    settings = changed(cells[row].settings, changes or {})
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
        folder = Path(data_dir) if data_dir else None
        bench = Bench(Path(scratch), device, folder, report, held_out=HELD_OUT)
        return measured(experiment, Cell(f"{row}{ending}", settings), bench)


def changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the settings with the values of dotted keys.

    A group (such as `method`) may get new keys; its own checks say which of them it knows. Raises
    ValueError for another key that the settings do not have.
    """
    found = copy.deepcopy(dict(settings))
    for key, value in changes.items():
        *groups, last = key.split(".")
        place: Any = found
        for group in groups:
            place = place.get(group)
            if not isinstance(place, dict):
                raise ValueError(f"settings have no group {'.'.join(groups)}, got {key}")
        if not groups and last not in found:
            raise ValueError(f"settings must be of {', '.join(sorted(found))}, got {key}")
        place[last] = value
    return found
