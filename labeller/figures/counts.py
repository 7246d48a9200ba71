"""The scores that a number of clusters is chosen by."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from labeller.figures.palette import ACCENT, GRID, PALETTE, blank


def count_scores(
    counts: Sequence[int],
    stability: Sequence[float],
    silhouette: Sequence[float],
    bic: Sequence[float],
    used: int,
) -> go.Figure:
    """One small chart a score against the number of clusters, the number `used` marked in each.

    Stability comes first, since it decides; each score has its own vertical axis.
    """
    charts = (
        ("stability: higher is better", stability, ".2f"),
        ("silhouette: higher is better", silhouette, ".2f"),
        ("BIC: lower is better", bic, ",.0f"),
    )
    figure = make_subplots(cols=3, subplot_titles=[title for title, _, _ in charts])
    figure.update_layout(blank(260).layout)
    for column, (title, values, form) in enumerate(charts, start=1):
        name = title.partition(":")[0]
        figure.add_scatter(
            x=list(counts),
            y=list(values),
            mode="lines+markers",
            line={"color": ACCENT if column == 1 else PALETTE[5], "width": 2.5},
            marker={"size": [13 if count == used else 6 for count in counts]},
            hovertemplate=f"%{{x}} clusters<br>{name} %{{y:{form}}}<extra></extra>",
            row=1,
            col=column,
        )
        figure.add_vline(used, line={"dash": "dot", "color": PALETTE[3]}, row=1, col=column)
    figure.update_xaxes(title="clusters", showgrid=False, zeroline=False, nticks=8)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, nticks=5)
    return figure
