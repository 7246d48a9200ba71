"""Figures as files: .html always, .png where kaleido finds a browser to draw with.

And images as text, for cells that keep what a figure will show.
"""

import base64
import io
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import plotly.io
from PIL import Image

from labeller.errors import StateError
from labeller.experiments.reproduce.experiment import Drawing

HEIGHT = 450
SHARPNESS = 2  # pixels of the .png for each of the figure's

log = logging.getLogger(__name__)


def write_drawings(drawings: Sequence[Drawing], folder: Path) -> tuple[list[str], str]:
    """The names of the files written, and a sentence on why there is no .png (or "").

    The pages share one plotly.min.js beside them. The .png of all figures are drawn by one browser,
    as kaleido finds it on the system.
    """
    if not drawings:
        return [], ""
    figures = [_on_white(drawing) for drawing in drawings]
    files = []
    for drawing, figure in zip(drawings, figures, strict=True):
        path = folder / f"{drawing.name}.html"
        figure.write_html(path, include_plotlyjs="directory", full_html=True)
        files.append(path.name)
    paths = [folder / f"{drawing.name}.png" for drawing in drawings]
    reason = _write_pngs(figures, paths)
    return files + ([] if reason else [path.name for path in paths]), reason


def write_drawing(drawing: Drawing, path: Path) -> None:
    """One figure as a .png, or as a .html that needs nothing beside it.

    Raises StateError where a .png is asked for and cannot be drawn, ValueError for another ending.
    """
    figure = _on_white(drawing)
    if path.suffix == ".html":
        figure.write_html(path, include_plotlyjs=True, full_html=True)
    elif path.suffix != ".png":
        raise ValueError(f"a figure must end in .png or .html, got {path.name}")
    elif reason := _write_pngs([figure], [path]):
        raise StateError(f"{reason} Name an .html file instead.")


def as_text(pixels: np.ndarray) -> str:
    """A picture uint8, grey (H, W) or colour (H, W, 3), as base64 of a PNG, for a JSON file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return base64.b64encode(stream.getvalue()).decode()


def _write_pngs(figures: list[go.Figure], paths: list[Path]) -> str:
    """Why it did not work, or ""."""
    quiet = [logging.getLogger(name) for name in ("choreographer", "kaleido")]
    before = [one.level for one in quiet]
    for one in quiet:
        one.setLevel(logging.CRITICAL)
    try:
        # Without sizes of its own, write_images draws every figure 700 x 500.
        widths = [figure.layout.width for figure in figures]
        heights = [figure.layout.height for figure in figures]
        plotly.io.write_images(
            figures, paths, format="png", scale=SHARPNESS, width=widths, height=heights
        )
    except Exception as error:  # a missing package, no browser, or one that does not start
        log.info("no PNG", exc_info=True)
        for path in paths:
            path.unlink(missing_ok=True)
        return (
            f"The figures are .html only: drawing .png failed ({type(error).__name__}). It needs"
            " the extra `labeller[png]` and Chromium or Chrome on the system."
        )
    finally:
        for one, level in zip(quiet, before, strict=True):
            one.setLevel(level)
    return ""


def _on_white(drawing: Drawing) -> go.Figure:
    """A copy for paper: white ground, dark text, a size of its own."""
    figure = go.Figure(drawing.figure)
    figure.update_layout(
        template="plotly_white",
        paper_bgcolor="white",
        plot_bgcolor="white",
        width=drawing.width,
        height=figure.layout.height or HEIGHT,
    )
    if figure.layout.margin.t is None and not figure.layout.title.text:
        figure.update_layout(margin_t=32)  # plotly leaves 100 pixels for a title
    return figure
