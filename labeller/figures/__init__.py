"""Plotly figures from plain arrays: no streamlit, no torch, no store.

Backgrounds are transparent and text has no colour of its own, so a page's theme, light or dark,
decides both. One palette serves every figure: a class has the same colour wherever it is drawn.
"""

from labeller.figures.baselines import RecordedCurve as RecordedCurve
from labeller.figures.baselines import recorded as recorded
from labeller.figures.budget import BudgetPoint as BudgetPoint
from labeller.figures.budget import budget_curve as budget_curve
from labeller.figures.comparisons import add_fits as add_fits
from labeller.figures.comparisons import histogram_bars as histogram_bars
from labeller.figures.comparisons import pair_heatmap as pair_heatmap
from labeller.figures.comparisons import score_bars as score_bars
from labeller.figures.comparisons import score_lines as score_lines
from labeller.figures.comparisons import size_bars as size_bars
from labeller.figures.comparisons import time_scatter as time_scatter
from labeller.figures.comparisons import twin_maps as twin_maps
from labeller.figures.curves import accuracy_curve as accuracy_curve
from labeller.figures.curves import loss_curves as loss_curves
from labeller.figures.maps import map_by_class as map_by_class
from labeller.figures.maps import map_by_value as map_by_value
from labeller.figures.maps import sample_points as sample_points
from labeller.figures.palette import ACCENT as ACCENT
from labeller.figures.palette import PALETTE as PALETTE
from labeller.figures.palette import SCALE as SCALE
from labeller.figures.palette import SYMBOLS as SYMBOLS
from labeller.figures.palette import UNKNOWN as UNKNOWN
from labeller.figures.palette import colour as colour
from labeller.figures.palette import symbol as symbol
from labeller.figures.scores import class_balance as class_balance
from labeller.figures.scores import confusion_matrix as confusion_matrix
from labeller.figures.scores import count_scores as count_scores
from labeller.figures.scores import interval_rows as interval_rows
from labeller.figures.scores import weight_histogram as weight_histogram
