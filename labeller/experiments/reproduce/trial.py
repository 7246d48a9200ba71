"""One cell of an experiment with other settings: to choose them, or where the whole is too much."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from labeller.config.overrides import replaced
from labeller.events import Report, silent
from labeller.experiments.reproduce.experiment import SCALES, Bench, Cell, Record, Scale, get
from labeller.experiments.reproduce.runner import measured
from labeller.runtime import resolve_device

ScoredOn = Literal["held-out", "test"]
SCORED_ON: dict[str, float] = {"held-out": 0.1, "test": 0.0}  # share of the training images


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
    experiment = get(name)
    if scale not in SCALES:
        raise ValueError(f"scale must be one of {', '.join(SCALES)}, got {scale}")
    if on not in SCORED_ON:
        raise ValueError(f"on must be one of {', '.join(SCORED_ON)}, got {on}")
    resolve_device(device)
    ending = f"-seed{seed}"
    cells = {cell.name.removesuffix(ending): cell for cell in experiment.cells(scale, [seed])}
    if row not in cells:
        raise ValueError(f"row must be one of {', '.join(cells)}, got {row}")
    settings = _changed(cells[row].settings, changes or {})
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
        folder = Path(data_dir) if data_dir else None
        bench = Bench(Path(scratch), device, folder, report, held_out=SCORED_ON[on])
        return measured(experiment, Cell(f"{row}{ending}", settings), bench)


def _changed(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with some replaced; raises ValueError for a name that no cell reads."""
    for name in changes:
        if name.partition(".")[0] not in settings:
            raise ValueError(f"settings must be of {', '.join(sorted(settings))}, got {name}")
    return replaced(settings, changes)
