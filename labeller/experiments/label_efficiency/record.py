"""The record of the benchmark: its cells, what they depend on, and both as a table."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

from labeller.config import PRESETS, RoundConfig, suited, with_encoder
from labeller.errors import StateError
from labeller.experiments.label_efficiency.features import Features
from labeller.experiments.label_efficiency.plan import Plan
from labeller.experiments.label_efficiency.pool import Source
from labeller.rounds.settings import changed
from labeller.runtime import measured_on
from labeller.store.runs import Record, RunFile

Key = tuple[str, int, float, int]


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


class EfficiencyFile(RunFile):
    """The finished cells of one run, and the file that they are kept in (None: in no file)."""

    def __init__(
        self, settings: Mapping[str, Any], path: Path | None = None, *, resume: bool = False
    ) -> None:
        """Starts empty, or with the cells of `path` when `resume`.

        Raises StateError when the file was made with other settings, or is there without `resume`.
        """
        super().__init__(path, dict(settings), tuple(settings), lambda record: Cell(**record).key)
        if path is not None and path.exists() and not resume:
            raise StateError(f"{path} exists; go on with it (--resume) or name another file")
        self.read()

    def get(self, key: Key) -> Cell | None:
        """The finished cell, or None."""
        return Cell(**self.runs[key]) if key in self.runs else None

    def add(self, cell: Cell) -> Cell:
        """Keeps a finished cell, on the disk before this returns."""
        self.keep(asdict(cell))
        return cell

    def content(self) -> Record:
        """Settings, facts of the run, `curves`, and `cells`, as JSON has them."""
        cells = [Cell(**record) for record in self.runs.values()]
        return {**self.head, "curves": curves(cells), "cells": list(self.runs.values())}


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


def settings(
    plan: Plan, source: Source, config: RoundConfig, features: Features | None
) -> dict[str, Any]:
    """What a cell depends on besides its own names: to go on, these must be the same."""
    shape = [source.store.height, source.store.width, source.store.channels]
    return {
        "benchmark": "label-efficiency",
        "source": plan.source,
        "expert": plan.expert,
        "overconfidence": plan.overconfidence,
        "budgets": list(plan.budgets),
        "images": {"train": len(source.train), "test": len(source.store.test), "shape": shape},
        "classes": source.classes,
        "base": plan.base,
        "changes": plan.settings,
        "features": features and features.digest,
        "student": features and plan.student,
        "config": config.model_dump(mode="json"),
    }


def base_config(plan: Plan, source: Source) -> RoundConfig:
    """The settings of all that is shared, suited to the images as a project's are."""
    store = source.store
    pixels = store.height * store.width * store.channels
    chosen = changed(PRESETS[plan.base], plan.settings)
    seen = with_encoder(chosen, chosen.encode)
    return changed(suited(seen, len(source.train), pixels), plan.settings)


def facts(plan: Plan) -> dict[str, Any]:
    """What the numbers were measured with."""
    numbers = measured_on(plan.device)
    with suppress(PackageNotFoundError):
        numbers["versions"]["scikit-activeml"] = version("scikit-activeml")
    return numbers


def markdown(record: Mapping[str, Any]) -> str:
    """Test accuracy in percent, mean and standard deviation over seeds: a row for each curve.

    Curves are grouped by the share of wrong answers; a column for each budget.
    """
    budgets = list(record["budgets"])
    lines = [
        "| strategy | wrong answers | " + " | ".join(str(budget) for budget in budgets) + " |",
        "|---" * (len(budgets) + 2) + "|",
    ]
    for curve in record["curves"]:
        if curve["kind"] == "supervised":
            shown = [_cell(curve["points"][-1]) if curve["points"] else ""] * len(budgets)
        else:
            points = {point["answers"]: point for point in curve["points"]}
            shown = [_cell(points[budget]) if budget in points else "" for budget in budgets]
        name, wrong = curve["name"], f"{100 * curve['error_rate']:g} %"
        lines.append(f"| {name} | {wrong} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def _cell(point: Mapping[str, Any]) -> str:
    mean = f"{100 * point['mean']:.1f}"
    return f"{mean} ± {100 * point['std']:.1f}" if len(point["seeds"]) > 1 else mean
