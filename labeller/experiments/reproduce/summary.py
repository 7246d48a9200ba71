"""What a summary is made of: numbers read off records, tables, findings with verdicts, lines."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, TypeVar

import plotly.graph_objects as go

from labeller.experiments.reproduce.experiment import Drawing, Finding, Record, Table, Verdict

RULE = (
    "A finding holds (yes) or does not (no) when all seeds agree on the sign of the difference and"
    " its mean exceeds its standard deviation over the seeds; else, and with a single seed, it is"
    " too close to call."
)
Cell = str | float | int | None
# What stands in a column: the paper's numbers by row, or a function of a row and its records.
Column = Mapping[Any, Cell] | Callable[[Any, Sequence[Record]], Cell]
Key = TypeVar("Key", bound=Hashable)
Rows = Mapping[str, Sequence[Record]]  # of a table, by name


def grouped(
    records: Iterable[Record], key: Callable[[dict[str, Any]], Key]
) -> dict[Key, list[Record]]:
    """The records by what `key` says of their settings, in the order in which they come."""
    groups: dict[Key, list[Record]] = {}
    for record in records:
        groups.setdefault(key(record.settings), []).append(record)
    return groups


def of_size(records: Iterable[Record], latent: int) -> list[Record]:
    """Those whose latent has this size."""
    return [record for record in records if record.settings["method"]["latent"] == latent]


def values(records: Sequence[Record], path: str) -> list[Any]:
    """The number at `path` of each record that has one: names and places, `rounds.-1.coverage`."""
    read = [_at(record.numbers, path) for record in records]
    return [value for value in read if value is not None]


def by_seed(records: Sequence[Record], path: str) -> list[float]:
    """The number at `path` of each seed, in the order of the seeds: the mean over its records."""
    seeds = sorted({record.settings["seed"] for record in records})
    own = [[one for one in records if one.settings["seed"] == seed] for seed in seeds]
    return [fmean(numbers) for each in own if (numbers := values(each, path))]


def sizes(records: Sequence[Record]) -> list[int]:
    """The sizes of the latent, the smallest first."""
    return sorted({record.settings["method"]["latent"] for record in records})


def spread(numbers: Sequence[float], scale: float = 100.0, digits: int = 1) -> str:
    """`95.7 ± 0.2`: mean and sample standard deviation of values times `scale`; a dash for none."""
    if not numbers:
        return "-"
    mean = f"{scale * fmean(numbers):.{digits}f}"
    if len(numbers) < 2:
        return mean
    return f"{mean} ± {scale * stdev(numbers):.{digits}f}"


def ours(path: str, scale: float = 100.0, digits: int = 1) -> Column:
    """A column of what was measured at `path`, in which {} is the row."""
    return lambda row, records: spread(values(records, path.format(row)), scale, digits)


def table(
    title: str,
    rows: Mapping[Any, Sequence[Record]],
    columns: Mapping[str, Column],
    note: str = "",
) -> Table:
    """One row per group of records; `columns` by their heads."""

    def cell(column: Column, row: Any) -> Cell:
        return column(row, rows[row]) if callable(column) else column.get(row)

    cells = [[cell(column, row) for column in columns.values()] for row in rows]
    return Table(title, list(columns), cells, note)


def verdict(better: Sequence[float], worse: Sequence[float]) -> Verdict:
    """Whether `better` exceeds `worse`; the two are paired by seed. See RULE.

    Raises ValueError when they differ in length or are empty.
    """
    if len(better) != len(worse) or not better:
        raise ValueError(
            f"there must be one value a seed on both sides, got {len(better)} and {len(worse)}"
        )
    differences = [a - b for a, b in zip(better, worse, strict=True)]
    if len(differences) < 2:
        return "too close to call"
    mean = fmean(differences)
    same_sign = all(d > 0 for d in differences) or all(d < 0 for d in differences)
    if not same_sign or abs(mean) <= stdev(differences):
        return "too close to call"
    return "yes" if mean > 0 else "no"


def judged(
    claim: str,
    better: tuple[str, Sequence[float]],
    worse: tuple[str, Sequence[float]],
    *,
    scale: float = 100.0,
    unit: str = "%",
    more: str = "",
) -> Finding:
    """The finding that the values of `better` exceed those of `worse`, each (its name, one value
    per seed), written times `scale` with `unit`; `more` is added to the evidence."""
    (good, high), (bad, low) = better, worse
    gaps = [a - b for a, b in zip(high, low, strict=True)]
    sign = "+" if fmean(gaps) >= 0 else ""
    unit = f" {unit}" if unit else ""
    evidence = (
        f"{good} {spread(high, scale)}{unit}, {bad} {spread(low, scale)}{unit}"
        f" (difference {sign}{spread(gaps, scale)}, {_seeds(high)})."
    )
    return Finding(claim, verdict(high, low), f"{evidence} {more}".strip())


def grown(
    claim: str,
    records: Sequence[Record],
    path: str,
    after: str = "after",
    before: str = "before",
    **writing: Any,
) -> Finding:
    """The finding that what stands at `path` is larger in the end; {} in it is the place."""
    end, start = (values(records, path.format(place)) for place in (-1, 0))
    return judged(claim, (after, end), (before, start), **writing)


def reached(claim: str, name: str, shares: Sequence[float], bar: float) -> Finding:
    """The finding that shares in [0, 1], one per seed, lie above the share `bar`."""
    evidence = f"{name} {spread(shares)} %, the bar is {100 * bar:.1f} % ({_seeds(shares)})."
    return Finding(claim, verdict(shares, [bar] * len(shares)), evidence)


def averaged(axis: str, groups: Sequence[Sequence[float]], scale: float = 1.0) -> dict[str, Any]:
    """What a trace has on an axis: the means of groups of numbers, and bars of their deviation."""
    scaled = [[scale * one for one in group] for group in groups]
    bars = [stdev(group) if len(group) > 1 else 0.0 for group in scaled]
    return {axis: list(map(fmean, scaled)), f"error_{axis}": {"array": bars}}


def lines(
    name: str, caption: str, traces: Mapping[str, Mapping[str, Any]], x: str, y: str
) -> Drawing:
    """A drawing of one line per name, with what plotly's scatter takes; `x`, `y`: the axes."""
    figure = go.Figure()
    for label, trace in traces.items():
        figure.add_scatter(name=label, **trace)
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    return Drawing(name, caption, figure)


def _at(numbers: Any, path: str) -> Any:
    for part in path.split("."):
        numbers = numbers[int(part) if isinstance(numbers, list) else part]
    return numbers


def _seeds(numbers: Sequence[float]) -> str:
    return "1 seed" if len(numbers) == 1 else f"{len(numbers)} seeds"
