"""Accuracy against answers: this project's rounds, with intervals, among recorded baselines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from labeller.figures.baselines import RecordedCurve
from labeller.figures.palette import ACCENT, GRID, PALETTE, blank

STYLES = {
    "recommended": (PALETTE[1], 2.5, "solid"),
    "paper": (PALETTE[6], 2.0, "dash"),
    "supervised": (PALETTE[2], 2.0, "dot"),
}
BASELINES = tuple(PALETTE[place] for place in (5, 7, 8, 4, 0, 3, 9))


@dataclass(frozen=True)
class BudgetPoint:
    """A share in [0, 1] after so many answers; `low` and `high` end its interval, if it has one."""

    answers: int
    share: float
    low: float | None = None
    high: float | None = None


def budget_curve(
    points: Sequence[BudgetPoint],
    curves: Sequence[RecordedCurve] = (),
    *,
    name: str = "this project",
    ahead: BudgetPoint | None = None,
    audited: Sequence[BudgetPoint] = (),
) -> go.Figure:
    """This project's `points` as the thick line, `curves` as thin ones, answers on a log axis.

    `audited` are estimates of the same by a random sample, with intervals, as single points.
    `ahead` is what further answers are expected to give: a dotted piece at the end of the line.
    A curve of one point (full supervision) is a level across the whole width.
    """
    figure = blank(400, legend=True)
    answered = [point for point in points if point.answers > 0]
    counts = [point.answers for one in curves if not _is_level(one) for point in one.points]
    every = [answers for answers in counts if answers > 0]
    every += [point.answers for point in (*answered, *audited, *([ahead] if ahead else []))]
    for number, curve in enumerate(curves):
        turn, place = divmod(number, len(BASELINES))
        usual = (BASELINES[place], 1.5, "solid" if turn == 0 else "dashdot")
        ends = (min(every, default=1), max(every, default=1))
        _add_curve(figure, curve, ends, STYLES.get(curve.kind, usual))
    if answered:
        line = {"mode": "lines+markers", "line": {"color": ACCENT, "width": 3.5}}
        _add_points(figure, answered, name, f"{name}<br>", **line, marker={"size": 10})
    if answered and ahead:
        line = {"mode": "lines+markers", "line": {"color": ACCENT, "width": 2, "dash": "dot"}}
        marker = {"size": 8, "symbol": "circle-open"}
        piece = [BudgetPoint(answered[-1].answers, answered[-1].share), ahead]
        _add_points(figure, piece, "expected", "expected after ", **line, marker=marker)
    if audited:
        marker = {"size": 9, "symbol": "diamond-open", "color": ACCENT}
        name = "the audit's estimate"
        _add_points(figure, audited, name, "audit<br>", mode="markers", marker=marker)
    ticks = sorted(set(every))
    figure.update_xaxes(
        title="answers given", type="log", showgrid=False, zeroline=False,
        tickvals=ticks, ticktext=[f"{tick:,}" for tick in ticks],
    )  # fmt: skip
    lows = [p.share if p.low is None else p.low for p in (*answered, *audited)]
    lows += [point.mean for curve in curves for point in curve.points]
    floor = max(0.0, int(min(lows, default=0.0) * 10 - 0.5) / 10)
    figure.update_yaxes(tickformat=".0%", gridcolor=GRID, zeroline=False, range=[floor, 1.005])
    figure.update_layout(legend={"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top"})
    return figure


def _add_curve(
    figure: go.Figure,
    curve: RecordedCurve,
    whole: tuple[int, int],
    style: tuple[str, float, str],
) -> None:
    colour, width, dash = style
    level = _is_level(curve)
    points = [point for point in curve.points if point.answers > 0 or level]
    x = list(whole) if level else [point.answers for point in points]
    y = [points[0].mean] * 2 if level else [point.mean for point in points]
    spreads = [(point.std, point.seeds) for point in (points * 2 if level else points)]
    figure.add_scatter(
        x=x,
        y=y,
        customdata=spreads,
        name=curve.name,
        mode="lines" if level else "lines+markers",
        line={"color": colour, "width": width, "dash": dash},
        marker={"size": 5},
        hovertemplate=curve.name
        + "<br>%{x} answers: %{y:.1%} ± %{customdata[0]:.1%}"
        + "<br>%{customdata[1]} seeds<extra></extra>",
    )


def _is_level(curve: RecordedCurve) -> bool:
    """Full supervision: one number, whatever the answers; drawn across the whole width."""
    return len(curve.points) == 1 and curve.kind == "supervised"


def _add_points(
    figure: go.Figure, points: Sequence[BudgetPoint], name: str, hover: str, **style: Any
) -> None:
    figure.add_scatter(
        x=[point.answers for point in points],
        y=[point.share for point in points],
        error_y=_intervals(points),
        name=name,
        hovertemplate=hover + "%{x} answers: %{y:.1%}<extra></extra>",
        **style,
    )


def _intervals(points: Sequence[BudgetPoint]) -> dict[str, object]:
    """Error bars from the shares to the ends of their intervals; hidden where there are none."""
    spans = [
        (0.0 if p.high is None else p.high - p.share, 0.0 if p.low is None else p.share - p.low)
        for p in points
    ]
    return {
        "type": "data",
        "symmetric": False,
        "array": [up for up, _ in spans],
        "arrayminus": [down for _, down in spans],
        "visible": any(up or down for up, down in spans),
        "thickness": 1.5,
    }
