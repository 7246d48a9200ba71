"""Plotly figures from plain arrays: no streamlit, no torch, no store.

Backgrounds are transparent and text has no colour of its own, so a page's theme, light or dark,
decides both. One palette serves every figure: a class has the same colour wherever it is drawn.
"""

from labeller.figures.baselines import RecordedCurve, RecordedPoint, recorded
from labeller.figures.budget import BudgetPoint, budget_curve
from labeller.figures.comparisons import (
    add_fits,
    histogram_bars,
    pair_heatmap,
    score_bars,
    score_lines,
    size_bars,
    time_scatter,
    twin_maps,
)
from labeller.figures.curves import accuracy_curve, loss_curves
from labeller.figures.maps import map_by_class, map_by_value, sample_points
from labeller.figures.palette import ACCENT, PALETTE, UNKNOWN, colour, symbol
from labeller.figures.scores import (
    class_balance,
    confusion_matrix,
    count_scores,
    interval_rows,
    weight_histogram,
)

__all__ = [
    "ACCENT",
    "PALETTE",
    "UNKNOWN",
    "BudgetPoint",
    "RecordedCurve",
    "RecordedPoint",
    "accuracy_curve",
    "add_fits",
    "budget_curve",
    "class_balance",
    "colour",
    "confusion_matrix",
    "count_scores",
    "histogram_bars",
    "interval_rows",
    "loss_curves",
    "map_by_class",
    "map_by_value",
    "pair_heatmap",
    "recorded",
    "sample_points",
    "score_bars",
    "score_lines",
    "size_bars",
    "symbol",
    "time_scatter",
    "twin_maps",
    "weight_histogram",
]
