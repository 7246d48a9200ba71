"""Maps of all images in two dimensions, to look at and to select from."""

import html
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from labeller.figures.palette import blank, colour, symbol

MOST_NAMES = 40
HEIGHT = 640


def map_by_class(
    xy: np.ndarray, images: np.ndarray, labels: np.ndarray, names: Sequence[str]
) -> go.Figure:
    """Points (n, 2) coloured by group `labels` (n,) int64, whose names are `names[label]`.

    Label -1 is drawn first, grey, as "none". `images` (n,) int64 travels as each point's
    customdata: a selection is read from there, since a point's position in its trace changes with
    every filter. Each group's name stands at the median of its points, so that the map does not
    speak by colour alone.
    """
    figure = blank(HEIGHT, legend=True)
    groups = sorted({int(label) for label in labels})
    for label in groups:
        rows = np.flatnonzero(labels == label)
        name = "none" if label < 0 else clip(names[label])
        _add_points(
            figure,
            xy[rows],
            images[rows],
            name=name,
            marker={"color": colour(label), "symbol": symbol(label), "size": _size(len(images))},
            hover=f"{name}<br>image %{{customdata}}<extra></extra>",
        )
    if len(groups) <= MOST_NAMES:
        for label in (group for group in groups if group >= 0):
            x, y = np.median(xy[labels == label], axis=0)
            _add_name(figure, float(x), float(y), clip(names[label], 14))
    return _finish(figure)


def map_by_value(xy: np.ndarray, images: np.ndarray, values: np.ndarray, title: str) -> go.Figure:
    """Points (n, 2) coloured by `values` (n,) in [0, 1]; `images` is the customdata as above."""
    figure = blank(HEIGHT)
    _add_points(
        figure,
        xy,
        images,
        name=title,
        marker={
            "color": values,
            "cmin": 0.0,
            "cmax": 1.0,
            "colorscale": "Cividis",
            "size": _size(len(images)),
            "colorbar": {"title": {"text": title}, "thickness": 12, "outlinewidth": 0},
        },
        hover=title + " %{marker.color:.2f}<br>image %{customdata}<extra></extra>",
    )
    return _finish(figure)


def sample_points(groups: np.ndarray, most: int, *, seed: int = 0) -> np.ndarray:
    """Rows of at most `most` points, ascending, with every group (n,) represented by its share.

    A group of g of n points gets about `most * g / n` of them and never none, so that rare groups
    stay visible; the largest group gives way. All rows when n <= most.
    """
    if len(groups) <= most:
        return np.arange(len(groups))
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    quota = np.maximum(1, np.floor(counts * (most / len(groups))).astype(int))
    while quota.sum() > max(most, len(quota)):
        largest = int(quota.argmax())
        quota[largest] = max(1, quota[largest] - (quota.sum() - most))
    shuffled = np.random.default_rng(seed).permutation(len(groups))
    ordered = shuffled[np.argsort(inverse[shuffled], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    position = np.arange(len(groups)) - np.repeat(starts, counts)
    chosen = ordered[position < np.repeat(quota, counts)]
    return np.sort(chosen[:most])


def clip(name: str, most: int = 24) -> str:
    """`name` as plotly may draw it: shortened, and without markup, formulas and placeholders."""
    short = name if len(name) <= most else name[: most - 1] + "…"
    return html.escape(short, quote=False).replace("$", "&#36;").replace("%{", "&#37;{")


def _size(points: int) -> float:
    """Marker size in pixels: 7 for hundreds of points, 3 for tens of thousands."""
    return float(np.clip(7.0 - 1.9 * np.log10(max(points, 1) / 500), 3.0, 7.0))


def _add_points(
    figure: go.Figure,
    xy: np.ndarray,
    images: np.ndarray,
    *,
    name: str,
    marker: dict[str, object],
    hover: str,
) -> None:
    """Add one WebGL trace whose points carry their image number."""
    figure.add_scattergl(
        x=xy[:, 0],
        y=xy[:, 1],
        customdata=images,
        name=name,
        mode="markers",
        marker={"opacity": 0.85, **marker},
        unselected={"marker": {"opacity": 0.12}},
        hovertemplate=hover,
    )


def _add_name(figure: go.Figure, x: float, y: float, name: str) -> None:
    """Write a group's name on a plate that is readable over any colour."""
    figure.add_annotation(
        x=x,
        y=y,
        text=f"<b>{name}</b>",
        showarrow=False,
        font={"color": "#ffffff", "size": 13},
        bgcolor="rgba(20, 24, 32, 0.72)",
        borderpad=3,
    )


def _finish(figure: go.Figure) -> go.Figure:
    """Axes without numbers (they mean nothing on such a map), a lasso, a legend on the right."""
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    figure.update_layout(
        dragmode="lasso",
        margin={"l": 0, "r": 0, "t": 44, "b": 0},  # the tools stand above the map, not on it
        legend={"itemsizing": "constant", "y": 1, "yanchor": "top"},
        uirevision="map",
    )
    return figure
