"""Figures of a comparison: methods beside each other, one colour per method in all of them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from labeller.figures.curves import lowest
from labeller.figures.maps import clip
from labeller.figures.palette import FADE, GRID, blank, colour, symbol

Points = Sequence[tuple[float, float]]
DASHES = ("solid", "dash", "dot", "dashdot")
HEIGHT = 360
DOTS = {"size": 5, "opacity": 0.85}
STEPS = {"shape": "hv", "width": 2}
MOST_TICKS = 12
LONGEST = 44  # letters: settings of a method stand at the end of its name


def score_lines(
    lines: Mapping[str, Points], x_title: str, y_title: str, *, share: bool = True
) -> go.Figure:
    """One line per method through its points (x, y), sorted by x; y in [0, 1] shown in percent.

    Serves accuracy by latent size, by epoch and by number of answers, and by layer.
    """
    figure = blank(HEIGHT, legend=True)
    for number, (name, points) in enumerate(lines.items()):
        ordered = sorted(points)
        figure.add_scatter(
            x=[x for x, _ in ordered],
            y=[y for _, y in ordered],
            meta=name,
            mode="lines+markers",
            line={"color": colour(number), "width": 2.5, "dash": DASHES[number // 10 % 4]},
            marker={"size": 8 if len(ordered) < 25 else 4, "symbol": symbol(number)},
            **_named(name, f"<br>{x_title} %{{x}}<br>{y_title} {_written(share)}"),
        )
    figure.update_xaxes(title=x_title, showgrid=False, zeroline=False)
    places = sorted({x for points in lines.values() for x, _ in points})
    if len(places) <= MOST_TICKS:  # sizes and numbers of answers: nothing lies between them
        figure.update_xaxes(tickvals=places)
    scores = {name: [y for _, y in points] for name, points in lines.items()}
    return _scored(figure, y_title, scores if share else None)


def add_fits(figure: go.Figure, fits: Mapping[str, tuple[float, float]]) -> go.Figure:
    """Draws the lines of best fit, share = (m x + k) / 100, into the `score_lines` of these names.

    m and k are in percentage points. A fit is as long as its method's line, and is hidden with it.
    """
    for trace in list(figure.data):
        fit = fits.get(str(trace.meta))
        if fit is None or not len(trace.x):
            continue
        m, k = fit
        ends = [min(trace.x), max(trace.x)]
        trace.legendgroup = trace.meta
        figure.add_scatter(
            x=ends,
            y=[(m * x + k) / 100 for x in ends],
            mode="lines",
            line={"color": trace.line.color, "width": 1.5, "dash": "dot"},
            opacity=0.8,
            legendgroup=trace.meta,
            showlegend=False,
            hovertemplate=f"{trace.name}, line of best fit<br>m {m:+.3g}, k {k:.4g}<extra></extra>",
        )
    return figure


def score_bars(
    groups: Mapping[str, Mapping[str, float]], y_title: str, *, share: bool = True
) -> go.Figure:
    """A group of bars per latent size (outer key), a bar per method; shares in [0, 1]."""
    figure = blank(HEIGHT, legend=True)
    names = list(dict.fromkeys(name for bars in groups.values() for name in bars))
    for number, name in enumerate(names):
        values = [bars.get(name) for bars in groups.values()]
        figure.add_bar(
            x=list(groups),
            y=values,
            marker_color=colour(number),
            text=[None if value is None else _short(value, share) for value in values],
            textposition="outside",
            cliponaxis=False,
            **_named(name, f"<br>%{{x}}<br>{y_title} {_written(share)}"),
        )
    figure.update_xaxes(showgrid=False, type="category")
    # From 0: the length of a bar is read as its value.
    figure.update_yaxes(gridcolor=GRID, zeroline=False, rangemode="tozero")
    if set(groups) != {y_title}:  # one group may say on the x axis what is drawn
        figure.update_yaxes(title=y_title)
    if share:
        figure.update_yaxes(tickformat=".0%", range=(0, 1))
    figure.update_layout(bargap=0.25, bargroupgap=0.08)
    return _with_legend(figure)


def time_scatter(
    points: Mapping[str, Sequence[tuple[float, float, str]]], y_title: str, *, share: bool = True
) -> go.Figure:
    """Performance against training time (feature-prediction, Figs. 6-8): seconds, score, note."""
    figure = blank(HEIGHT, legend=True)
    for number, (name, own) in enumerate(points.items()):
        figure.add_scatter(
            x=[seconds for seconds, _, _ in own],
            y=[score for _, score, _ in own],
            text=[clip(note, 60) for _, _, note in own],
            mode="markers",
            marker={"color": colour(number), "symbol": symbol(number), "size": 12, "opacity": 0.85},
            **_named(name, f", %{{text}}<br>%{{x:.3g}} s an epoch<br>{y_title} {_written(share)}"),
        )
    seconds = {"title": "seconds an epoch", "rangemode": "tozero"}
    figure.update_xaxes(gridcolor=GRID, zeroline=False, **seconds)
    scores = {name: [score for _, score, _ in own] for name, own in points.items()}
    return _scored(figure, y_title, scores if share else None)


def pair_heatmap(names: Sequence[str], shares: np.ndarray) -> go.Figure:
    """Accuracy by pair of augmentations (pl-ae, Figs. 11-13): shares (n, n) in [0, 1], NaN none.

    The diagonal is an augmentation alone; the order of a pair does not matter, so the lower half
    repeats the upper one where only that was measured.
    """
    values = np.where(np.isnan(shares), shares.T, shares)
    measured = values[~np.isnan(values)]
    low, high = (measured.min(), measured.max()) if measured.size else (0.0, 1.0)
    figure = blank(int(np.clip(160 + 46 * len(names), 300, 720)))
    labels = [clip(name, LONGEST) for name in names]
    least = low - 0.15 * (high - low)
    figure.add_heatmap(
        z=values,
        x=labels,
        y=labels,
        colorscale=FADE,
        zmin=least,
        zmax=high,
        xgap=2,
        ygap=2,
        hovertemplate="%{y} and %{x}<br>%{z:.1%}<extra></extra>",
        colorbar={"tickformat": ".0%", "thickness": 12, "outlinewidth": 0},
        hoverongaps=False,
    )
    # White on the strong cells; on the faint ones, which show the page, the page's own colour.
    strong = values > (least + high) / 2
    for cells, font in ((strong, {"color": "white"}), (~strong & ~np.isnan(values), {})):
        rows, columns = np.nonzero(cells)
        figure.add_scatter(
            x=[labels[column] for column in columns],
            y=[labels[row] for row in rows],
            text=[f"{100 * value:.1f}" for value in values[cells]],
            mode="text",
            textfont=font,
            hoverinfo="skip",
            showlegend=False,
        )
    order = {"categoryorder": "array", "categoryarray": labels}
    figure.update_xaxes(showgrid=False, side="bottom", zeroline=False, **order)
    figure.update_yaxes(showgrid=False, autorange="reversed", zeroline=False, **order)
    return figure


def twin_maps(
    maps: Mapping[str, np.ndarray],
    images: np.ndarray,
    labels: np.ndarray,
    names: Sequence[str],
    chosen: Sequence[int] = (),
) -> go.Figure:
    """Maps (n, 2) of the same images (n,) side by side, one colour a class in all of them.

    labels (n,) int64, -1 none. A click on a class in the legend hides it in every map; images in
    `chosen` stand out in every map.
    """
    figure = make_subplots(
        cols=len(maps), subplot_titles=[clip(name, 40) for name in maps], horizontal_spacing=0.03
    )
    figure.update_layout(blank(520, legend=True).layout)
    selected = np.isin(images, np.asarray(chosen, np.int64)) if len(chosen) else None
    for column, xy in enumerate(maps.values(), start=1):
        for label in sorted({int(each) for each in labels}):
            rows = np.flatnonzero(labels == label)
            name = "none" if label < 0 else clip(names[label])
            figure.add_scattergl(
                x=xy[rows, 0],
                y=xy[rows, 1],
                customdata=images[rows],
                mode="markers",
                name=name,
                legendgroup=str(label),
                showlegend=column == 1,
                marker={"color": colour(label), "symbol": symbol(label), **DOTS},
                selectedpoints=None if selected is None else np.flatnonzero(selected[rows]),
                unselected={"marker": {"opacity": 0.12}},
                hovertemplate=f"{name}<br>image %{{customdata}}<extra></extra>",
                row=1,
                col=column,
            )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(
        dragmode="lasso",
        margin={"l": 0, "r": 0, "t": 44, "b": 0},
        legend={"itemsizing": "constant", "y": 1, "yanchor": "top"},
    )
    return figure


def size_bars(sizes: Mapping[str, np.ndarray]) -> go.Figure:
    """Images of each class of a method, largest first, one line per method (uic, Fig. 3)."""
    figure = blank(HEIGHT, legend=True)
    for number, (name, counts) in enumerate(sizes.items()):
        ordered = np.sort(counts)[::-1]
        figure.add_scatter(
            x=np.linspace(0, 1, len(ordered)) if len(ordered) > 1 else [0],
            y=ordered / max(1, ordered.sum()) * len(ordered),
            mode="lines+markers",
            line={"color": colour(number), "dash": DASHES[number // 10 % 4], **STEPS},
            marker={"size": 5},
            text=[f"{count:,} images" for count in ordered],
            **_named(name, "<br>%{text}, %{y:.2f} times the mean"),
        )
    figure.update_xaxes(
        title="classes, the largest first", tickformat=".0%", showgrid=False, zeroline=False
    )
    figure.update_yaxes(title="size, in mean sizes", gridcolor=GRID, rangemode="tozero")
    return _with_legend(figure)


def histogram_bars(
    counts: Mapping[str, np.ndarray], edges: np.ndarray, x_title: str, y_title: str
) -> go.Figure:
    """One histogram per method, side by side: counts (bins,) between the same edges (bins + 1,)."""
    figure = blank(300, legend=True)
    middles = (edges[:-1] + edges[1:]) / 2
    spans = [f"{low:g} to {high:g}" for low, high in pairwise(np.round(edges, 1))]
    for number, (name, values) in enumerate(counts.items()):
        figure.add_bar(
            x=middles,
            y=values,
            marker_color=colour(number),
            text=spans,
            textposition="none",
            **_named(name, f"<br>%{{text}}: %{{y:.3g}} {y_title}"),
        )
    figure.update_xaxes(title=x_title, showgrid=False, zeroline=False, range=(0, edges[-1]))
    # Bars stand between round numbers; plotly would write the middles under them.
    figure.update_xaxes(tickvals=edges, ticktext=[f"{edge:.3g}" for edge in edges])
    figure.update_yaxes(title=y_title, gridcolor=GRID, zeroline=False)
    figure.update_layout(bargap=0.1)
    return _with_legend(figure)


def _short(value: float, share: bool) -> str:
    return f"{100 * value:.1f}" if share else f"{value:.3g}"


def _named(name: str, hover: str) -> dict[str, str]:
    """Name and hover text of a method's trace."""
    short = clip(name, LONGEST)
    return {"name": short, "hovertemplate": f"{short}{hover}<extra></extra>"}


def _written(share: bool) -> str:
    return "%{y:.1%}" if share else "%{y:.4g}"


def _scored(
    figure: go.Figure, y_title: str, shares: Mapping[str, Sequence[float]] | None
) -> go.Figure:
    """The vertical axis of scores, in percent where they are shares, and the legend."""
    figure.update_yaxes(title=y_title, gridcolor=GRID, zeroline=False)
    if shares is not None:
        figure.update_yaxes(tickformat=".0%", range=lowest(shares))
    return _with_legend(figure)


def _with_legend(figure: go.Figure) -> go.Figure:
    """The legend above the chart, where many names have room."""
    return figure.update_layout(
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
    )
