"""Labels, weights, scores and estimates: bars, heat maps, curves and intervals."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from labeller.figures.maps import clip
from labeller.figures.palette import ACCENT, FADE, GRID, PALETTE, blank, colour

MOST_NUMBERS = 15
BINS = 20
ROW = 46  # pixels


def confusion_matrix(counts: np.ndarray, names: Sequence[str]) -> go.Figure:
    """Heat map of `counts` (K, K), rows the true class, columns the predicted one.

    Colour is the share of the true class in [0, 1] (rows of different sizes compare); the numbers
    are counts, written up to 15 classes and shown on hover beyond.
    """
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    labels = [clip(name) for name in names]
    figure = blank(int(np.clip(150 + 38 * len(names), 320, 760)))
    figure.add_heatmap(
        z=shares,
        x=list(range(len(names))),
        y=list(range(len(names))),
        customdata=counts,
        colorscale=FADE,
        zmin=0,
        zmax=1,
        xgap=2,
        ygap=2,
        text=[[f"true {row}<br>predicted {column}" for column in labels] for row in labels],
        hovertemplate="%{text}<br>%{customdata} images, %{z:.1%} of the class<extra></extra>",
        showscale=len(names) > MOST_NUMBERS,
        colorbar={
            "tickformat": ".0%",
            "thickness": 12,
            "outlinewidth": 0,
            "title": {"text": "of the true class", "side": "right"},
        },
    )
    if len(names) <= MOST_NUMBERS:
        _write_counts(figure, counts, shares)
    ticks = {
        "tickvals": list(range(len(names))),
        "ticktext": labels,
        "showgrid": False,
        "ticks": "",
    }
    figure.update_xaxes(title="predicted", side="bottom", zeroline=False, **ticks)
    figure.update_yaxes(title="true", autorange="reversed", zeroline=False, **ticks)
    return figure


def weight_histogram(weights: np.ndarray) -> go.Figure:
    """How many images have which weight: 20 bars over (0, 1]; weights of zero are left out."""
    counts, edges = np.histogram(weights[weights > 0], bins=BINS, range=(0.0, 1.0))
    figure = blank(260)
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=1 / BINS * 0.9,
        marker_color=ACCENT,
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate="weight %{customdata[0]:.2f} to %{customdata[1]:.2f}<br>"
        "%{y:,} images<extra></extra>",
    )
    figure.update_xaxes(title="weight", range=[0, 1], showgrid=False, zeroline=False)
    figure.update_yaxes(title="images", gridcolor=GRID, zeroline=False)
    return figure


def class_balance(
    labels: Sequence[int], names: Sequence[str], images: Sequence[int], weight: Sequence[float]
) -> go.Figure:
    """One horizontal bar per class: images that got its label (pale), and their weight (solid)."""
    shown = [clip(name) for name in names]
    figure = blank(int(np.clip(80 + 26 * len(shown), 200, 760)))
    colours = [colour(label) for label in labels]
    position = list(range(len(shown)))
    bars = (("images", images, 0.30, "%{x:,} images"), ("weight", weight, 1.0, "%{x:,.1f} weight"))
    for name, values, opacity, hover in bars:
        figure.add_bar(
            x=list(values),
            y=position,
            orientation="h",
            name=name,
            marker={"color": colours, "opacity": opacity, "line": {"width": 0}},
            text=shown,
            textposition="none",
            hovertemplate="%{text}<br>" + hover + "<extra></extra>",
        )
    figure.update_layout(barmode="overlay", bargap=0.25)
    figure.update_xaxes(title="images (pale), weight (solid)", gridcolor=GRID)
    figure.update_yaxes(
        tickvals=position, ticktext=shown, autorange="reversed", showgrid=False, zeroline=False
    )
    return figure


def count_scores(
    counts: Sequence[int],
    stability: Sequence[float],
    silhouette: Sequence[float],
    bic: Sequence[float],
    used: int,
) -> go.Figure:
    """One small chart per score, against the number of clusters, the number `used` marked in each.

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


def interval_rows(rows: Sequence[tuple[str, float, float, float]]) -> go.Figure:
    """A dot and a bar per row: (name, low, estimate, high), shares in [0, 1], the first on top.

    The first row, the present one, has the app's colour, the others are paler.
    """
    figure = blank(70 + ROW * len(rows))
    figure.update_layout(margin={"r": 28})
    for place, (name, low, share, high) in enumerate(rows):
        own = ACCENT if place == 0 else PALETTE[5]
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
                "color": own,
            },
            mode="markers",
            marker={"size": 13, "color": own},
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


def _write_counts(figure: go.Figure, counts: np.ndarray, shares: np.ndarray) -> None:
    """Write each count that is not zero; white on strong cells, the theme's colour elsewhere."""
    for row, column in zip(*np.nonzero(counts), strict=True):
        strong = shares[row, column] > 0.45
        figure.add_annotation(
            x=int(column),
            y=int(row),
            text=f"<b>{int(counts[row, column]):,}</b>",
            showarrow=False,
            font={"color": "#ffffff", "size": 12} if strong else {"size": 12},
        )
