"""The figures of `cluster-labelling`, from plain numbers."""

import base64
import io
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.subplots import make_subplots

from labeller.figures import ACCENT, twin_maps
from labeller.figures.palette import GRID, blank

ENLARGED = 4  # screen pixels of a decoded pixel
WIDTH = 0.3  # of a bar of Fig. 3; groups are 1 apart


def choices(
    scores: Mapping[tuple[str, str, str], Sequence[float]], names: Mapping[str, str]
) -> go.Figure:
    """Fig. 3: a bar for each clustering, distance and weight function, and a dot for each seed."""
    figure = blank(460, legend=True)
    # Each weight function's colour, and how far its bars stand from the middle of their group.
    groups = {
        "exponential": ("#3ca5c3", -WIDTH / 2),
        "gaussian": ("#ffb44b", WIDTH / 2),
        "posterior": (ACCENT, 0.0),
    }
    order = [_place(("kmeans", d, "gaussian"), names) for d in ("euclidean", "mahalanobis")]
    order += [_place(key, names) for key in sorted(scores, key=lambda one: one[2] == "posterior")]
    order = list(dict.fromkeys(order))
    lowest = min(min(values) for values in scores.values())
    for decay, (shade, shift) in groups.items():
        own = [(key, values) for key, values in scores.items() if key[2] == decay]
        places = [order.index(_place(key, names)) + shift for key, _ in own]
        figure.add_bar(
            x=places,
            y=[fmean(values) for _, values in own],
            width=WIDTH,
            name=names[decay],
            marker_color=shade,
            hovertemplate="%{y:.2%}<extra></extra>",
        )
        figure.add_scatter(
            x=[place for place, (_, values) in zip(places, own, strict=True) for _ in values],
            y=[value for _, values in own for value in values],
            mode="markers",
            marker={"color": "#202430", "size": 6},
            showlegend=False,
            hovertemplate="%{y:.2%}<extra></extra>",
        )
    figure.update_yaxes(
        title="test accuracy",
        tickformat=".0%",
        gridcolor=GRID,
        range=[max(0.0, np.floor(lowest * 20 - 0.5) / 20), 1.0],
    )
    figure.update_xaxes(tickvals=list(range(len(order))), ticktext=order)
    return figure


def centres(sheets: Sequence[Mapping[str, Any]]) -> go.Figure:
    """Fig. 2: a row of decoded centres for each network."""
    titles = ["before"] + [f"round {number}" for number in range(1, len(sheets))]
    rows = [np.asarray(Image.open(io.BytesIO(base64.b64decode(one["png"])))) for one in sheets]
    side = rows[0].shape[0]
    figure = make_subplots(rows=len(rows), cols=1, vertical_spacing=0.02)
    for place, (pixels, sheet) in enumerate(zip(rows, sheets, strict=True), 1):
        large = pixels.repeat(ENLARGED, 0).repeat(ENLARGED, 1)
        figure.add_image(z=np.repeat(large[..., None], 3, axis=2), row=place, col=1)
        axis = {"ticks": "", "showgrid": False, "row": place, "col": 1}
        figure.update_xaxes(
            tickvals=[(k + 0.5) * side * ENLARGED for k in range(len(sheet["majority"]))],
            ticktext=[str(label) for label in sheet["majority"]],
            side="top",
            **axis,
        )
        middle = [side * ENLARGED / 2]
        figure.update_yaxes(tickvals=middle, ticktext=[titles[place - 1]], **axis)
    figure.update_layout(height=50 + 106 * len(rows), margin={"l": 8, "r": 8, "t": 36, "b": 8})
    return figure


def maps(points: Sequence[Sequence[Sequence[float]]], classes: Sequence[int]) -> go.Figure:
    """Figs. 5 and 6: the same images on the map before and after, coloured by true class."""
    before, after = map(np.asarray, points)
    labels = np.asarray(classes)
    names = [str(label) for label in range(labels.max() + 1)]
    both = {"before": before, "after all rounds": after}
    return twin_maps(both, np.arange(len(labels)), labels, names)


def _place(key: tuple[str, str, str], names: Mapping[str, str]) -> str:
    algorithm, distance, decay = key
    if decay == "posterior":
        return names[algorithm]
    return f"{names[algorithm]},<br>{names[distance]}"
