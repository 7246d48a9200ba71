"""The records of an experiment: what it is, what a cell may use, what comes out."""

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from labeller.events import Report, silent
from labeller.store.runs import made_once

if TYPE_CHECKING:
    import plotly.graph_objects as go

Scale = Literal["smoke", "small", "paper"]
SCALES: tuple[str, ...] = get_args(Scale)
Verdict = Literal["yes", "no", "too close to call"]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """One measurement: a file name (letters, digits, - and _) and all that decides its numbers."""

    name: str
    settings: dict[str, Any]

    @classmethod
    def seeded(cls, rows: Mapping[str, Settings], seeds: Sequence[int]) -> "list[Cell]":
        """One per seed and row of settings; its name ends with the seed."""
        return [
            cls(f"{name}-seed{seed}", {**settings, "seed": seed})
            for seed in seeds
            for name, settings in rows.items()
        ]


@dataclass(frozen=True)
class Record:
    """A finished cell: its numbers, the seconds it took, and where it ran."""

    name: str
    settings: dict[str, Any]
    numbers: dict[str, Any]
    seconds: float
    device: str
    versions: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A table for people; `None` is written as a dash, a float with one decimal."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | float | int | None]]
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """What the paper claims, whether it holds here, and the numbers that say so."""

    claim: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True)
class Drawing:
    """A plotly figure, its file name without ending, and a caption; width in pixels."""

    name: str
    caption: str
    figure: "go.Figure"
    width: int = 900


@dataclass(frozen=True)
class Summary:
    """What an experiment says in the end; notes are sentences on what differs from the paper."""

    tables: Sequence[Table] = ()
    findings: Sequence[Finding] = ()
    drawings: Sequence[Drawing] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Bench:
    """What a cell may use besides its settings; `folder` is the scratch of the whole run.

    `held_out`: the share of the training images that stand in for the test images (a trial).
    """

    folder: Path
    device: str = "auto"
    data_dir: Path | None = None
    report: Report = silent
    held_out: float = 0.0

    def keep(self, name: str, settings: Settings, make: Callable[[Path], None]) -> Path:
        """A folder that `make(folder)` fills once for these settings, for all cells to read."""
        return made_once(self.folder / f"{name}-{fingerprint(settings)}", make)


@dataclass(frozen=True)
class Experiment:
    """One paper as a list of cells; see the package's docstring for the contract.

    `left_out`: tables and figures of the paper that the report does not have; `at_paper`: what the
    scale small does not have of the scale paper; `tried_on`: the source of images for which
    docs/reproduction-trials.md says what was tried.
    """

    name: str
    title: str
    paper: str
    cells: Callable[..., list[Cell]]  # (scale, seeds), and `weights` with a loss network
    measure: Callable[[dict[str, Any], Bench], dict[str, Any]]
    summarise: Callable[[list[Record]], Summary]
    seeds: Mapping[str, Sequence[int]] = field(
        default_factory=lambda: {"smoke": (0,), "small": (0, 1), "paper": (0, 1, 2, 3, 4)}
    )
    loss_network: bool = False
    left_out: str = ""
    at_paper: str = ""
    tried_on: str = ""


def names() -> list[str]:
    """The names of all experiments, sorted."""
    return sorted(_experiments())


def get(name: str) -> Experiment:
    """The experiment called `name`; raises ValueError that lists the names."""
    if name not in _experiments():
        raise ValueError(f"experiment must be one of {', '.join(names())}, got {name}")
    return _experiments()[name]


@cache
def _experiments() -> dict[str, Experiment]:
    """The `EXPERIMENT` of every module of this package that defines one."""
    experiments: dict[str, Experiment] = {}
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        loaded = importlib.import_module(f"{__package__}.{module.name}")
        experiment = getattr(loaded, "EXPERIMENT", None)
        if not isinstance(experiment, Experiment):
            continue
        if experiment.name in experiments:
            raise ValueError(f"an experiment's name must be new, got {experiment.name} twice")
        experiments[experiment.name] = experiment
    return experiments


def fingerprint(settings: Settings) -> str:
    """Twelve hexadecimal digits that differ when JSON-able settings do."""
    content = json.dumps(settings, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()[:12]
