"""Estimates with their intervals, one row each."""

from collections.abc import Sequence

import plotly.graph_objects as go

from labeller.figures.palette import ACCENT, GRID, PALETTE, blank

ROW = 46  # pixels


def interval_rows(rows: Sequence[tuple[str, float, float, float]]) -> go.Figure:
    """A dot and a bar a row: (name, low, estimate, high), shares in [0, 1], the first on top.

    The first row, the present one, has the app's colour, the others are paler.
    """
    figure = blank(70 + ROW * len(rows))
    figure.update_layout(margin={"r": 28})
    for place, (name, low, share, high) in enumerate(rows):
        colour = ACCENT if place == 0 else PALETTE[5]
        figure.add_scatter(
            x=[share],
            y=[name],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [high - share],
                "arrayminus": [share - low],
                "thickness": 4,
                "width": 8,
                "color": colour,
            },
            mode="markers",
            marker={"size": 13, "color": colour},
            hovertemplate=f"%{{y}}<br>%{{x:.1%}}, between {low:.1%} and {high:.1%}<extra></extra>",
        )
    lowest = min((low for _, low, _, _ in rows), default=0.0)
    figure.update_xaxes(
        tickformat=".0%", range=[max(0.0, lowest - 0.03), 1.005], gridcolor=GRID, zeroline=False
    )
    figure.update_yaxes(
        autorange="reversed", showgrid=False, zeroline=False, automargin=True, ticksuffix="  "
    )
    return figure
