"""The colours of classes: far apart also for the colour-blind, readable on white and near-black."""

import plotly.graph_objects as go

PALETTE: tuple[str, ...] = (
    "#0069d2",
    "#ffb44b",
    "#00e1a5",
    "#c32d00",
    "#a578ff",
    "#3ca5c3",
    "#f06987",
    "#b48700",
    "#a53c96",
    "#b4c3ff",
)
# Of values from 0 to 1: Cividis, which the colour-blind see as others do.
SCALE: tuple[str, ...] = (
    *("#00224e", "#123570", "#3b496c", "#575d6d", "#707173"),
    *("#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"),
)
SYMBOLS: tuple[str, ...] = ("circle", "diamond", "square", "cross", "triangle-up", "x", "star")
UNKNOWN = "rgba(128, 128, 128, 0.40)"
# One series alone has the app's own colour, between its shades for light and for dark.
ACCENT = "#6860f2"
GRID = "rgba(128, 128, 128, 0.20)"
# From nothing to strong, so that zero looks like the page in either theme.
FADE: list[list[float | str]] = [[0.0, "rgba(104, 96, 242, 0.0)"], [1.0, "rgba(104, 96, 242, 1.0)"]]


def colour(label: int) -> str:
    """The colour of class `label`; -1 (no label) is a translucent grey."""
    return UNKNOWN if label < 0 else PALETTE[label % len(PALETTE)]


def symbol(label: int) -> str:
    """The marker of class `label`: another shape for each further ten classes."""
    return SYMBOLS[0] if label < 0 else SYMBOLS[label // len(PALETTE) % len(SYMBOLS)]


def blank(height: int, *, legend: bool = False) -> go.Figure:
    """An empty figure of `height` pixels with transparent background and tight margins."""
    figure = go.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=legend,
        hoverlabel={"align": "left"},
    )
    return figure
