"""The printed table of `compare`: every column that was measured, no number cut short."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from labeller.cli.frame import out, percent

if TYPE_CHECKING:
    import pandas as pd

FIRST = ("linear_probe", "best_epoch_accuracy")
LEFT_OUT = ("linear_probe_std", "epochs")  # the one stands beside the mean
LABEL_WIDTH = 20  # letters of a method's label in a line, where methods are columns
Cells = list[str]


@dataclass(frozen=True)
class Measured:
    """What the runs say: `heads` of the columns, and for each method and size a row of cells."""

    heads: Cells
    rows: list[Cells]  # the first cell is the method's label

    def upright(self) -> Table:
        """One row per method."""
        return _table(self.heads, self.rows)

    def on_its_side(self, rows: Sequence[Cells]) -> Table:
        """One column per method, for these of the rows."""
        labels = [_folded(row[0]) for row in rows]
        lines = [[head, *(row[n] for row in rows)] for n, head in enumerate(self.heads) if n]
        return _table([self.heads[0], *labels], lines)


def measured(runs: pd.DataFrame, targets: Sequence[float] = ()) -> Measured:
    """The means over seeds of `run_table`, the best linear probe first; no empty columns.

    With several seeds a mean has its sample standard deviation. `targets` are accuracies in
    (0, 1]: the smallest number of answers that reaches each, on the mean curve.
    """
    from labeller.comparison.table import answer_columns, loop_columns, mean_table

    runs = runs.dropna(axis=1, how="all")
    groups = runs.drop(columns=["key", "seed"]).groupby(["method", "latent"], sort=False)
    spread = groups.std(ddof=1, numeric_only=True).reset_index()
    table = mean_table(runs)
    answers, loops = answer_columns(table), loop_columns(table)
    columns = _columns(table)
    needed = [
        (f"{kind} for {100 * target:g} %", names, target)
        for kind, names in (("answers", answers), ("loop", loops))
        for target in targets
        if names
    ]
    heads = ["method", "z", "runs", *(head for _, head, _ in columns)]
    heads += [head for head, _, _ in needed]
    order = table.index
    if "linear_probe" in table:
        order = table.sort_values("linear_probe", ascending=False, kind="stable").index
    rows = []
    for place in order:
        row, std = table.loc[place], spread.loc[place]
        cells = [str(row["method"]), str(row["latent"]), str(row["runs"])]
        several = row["runs"] > 1
        for name, _, form in columns:
            spread_of = several and form is percent
            cells.append(_with_spread(row[name], std[name]) if spread_of else form(row[name]))
        cells += [_needed(row, names, target) for _, names, target in needed]
        rows.append(cells)
    return Measured(heads, rows)


def tables(runs: Measured, width: int | None) -> list[Table]:
    """One row per method where that fits `width` letters (None: as wide as it is), else a table
    with one column per method, or several where there are many.
    """
    upright = runs.upright()
    if width is None or letters(upright) <= width:
        return [upright]
    return [runs.on_its_side(part) for part in _parts(runs, width)]


def show(runs: Measured) -> None:
    """Print it. What is no terminal has no width: a file gets one table, whatever it takes."""
    for table in tables(runs, out.width if out.is_terminal else None):
        Console(highlight=False, width=max(letters(table), out.width)).print(table)


def letters(table: Table) -> int:
    """The width of a table in which nothing is shortened."""
    console = Console(width=100_000)
    return Measurement.get(console, console.options, table).maximum


def _columns(table: pd.DataFrame) -> list[tuple[str, str, Callable[[Any], str]]]:
    """(column, head, how it is written) of what was measured: shares, numbered ones, the others."""
    from labeller.comparison.columns import INTERVAL, OTHERS, SCORES, column
    from labeller.comparison.table import answer_columns, layer_columns, loop_columns

    known = dict.fromkeys([*FIRST, *SCORES, *OTHERS])
    named = [name for name in known if name in table and name not in LEFT_OUT]
    shares = [name for name in named if column(name).form == "share"]
    numbered = [*answer_columns(table), *loop_columns(table), *layer_columns(table)]
    others = [name for name in named if name not in shares]
    written = {**dict.fromkeys(others, _number), INTERVAL: _half_width}
    return [
        (name, column(name).short or column(name).title, written.get(name, percent))
        for name in [*shares, *numbered, *others]
    ]


def _needed(row: pd.Series[Any], names: Sequence[str], target: float) -> str:
    """The smallest number of answers that labels the share `target` rightly, e.g. 20 or > 50."""
    measured = [name for name in names if row[name] == row[name]]
    if not measured:
        return "-"
    counts = {int(name.rpartition("_")[2]): row[name] for name in measured}
    enough = [count for count, share in counts.items() if share >= target]
    return str(min(enough)) if enough else f"> {max(counts)}"


def _parts(runs: Measured, width: int) -> list[list[Cells]]:
    """The rows in groups, each as large as fits when they are columns; one row at least."""
    parts: list[list[Cells]] = []
    for row in runs.rows:
        if parts and letters(runs.on_its_side([*parts[-1], row])) <= width:
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def _table(heads: Sequence[str], rows: Sequence[Cells]) -> Table:
    table = Table()
    for head in heads:
        table.add_column(Text(head), no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _folded(label: str) -> str:
    """A method's label in lines, broken before a preset or a setting where there is one."""
    lines = [""]
    for part in re.split(r"(?=[:@+,])", label):
        if lines[-1] and len(lines[-1]) + len(part) > LABEL_WIDTH:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _with_spread(mean: float, std: float) -> str:
    if mean != mean or std != std:  # not measured, or once
        return percent(mean)
    return f"{100 * mean:.1f} ± {100 * std:.1f} %"


def _half_width(share: float) -> str:
    return percent(share) if share != share else f"± {percent(share)}"


def _number(value: float | None) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
