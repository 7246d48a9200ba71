"""A comparison as files: CSV with one row per run, and one HTML page that needs nothing else."""

import html
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from labeller import figures, service
from labeller.comparison.table import answer_columns, layer_columns
from labeller.exports.comma_separated import csv_bytes
from labeller.records import ProjectView
from labeller.rounds.spaces import map_titles
from labeller.service import Store
from labeller.ui.compare import plots
from labeller.ui.compare.plots import Compared
from labeller.ui.compare.table import axis_of, title_of
from labeller.ui.widgets.sprites import data_uri, sprite

IN_A_ROW = 3  # maps beside each other
PIXELS = 56  # of a picture's side

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto; padding: 0 1rem;
  background: #fff; color: #1b1f27; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: 13px; }
th, td { padding: 3px 10px; text-align: right; white-space: nowrap;
  border-bottom: 1px solid #8884; }
figure { margin: 0 0 1rem; }
img { max-width: 100%; }
th:first-child, td:first-child { text-align: left; }
"""


def csv_file(store: Store, project: ProjectView, number: int) -> bytes:
    """One row per finished run, UTF-8."""
    return csv_bytes(service.comparison_runs(store, project, number))


def html_file(store: Store, project: ProjectView, number: int) -> bytes:
    """Tables, plots, maps and pictures in a page, with plotly's script inside: it opens offline."""
    view = service.comparison(store, project, number)
    compared = Compared(store, project, view)
    arrays = {key: compared.arrays(key) for key in compared.labels}
    parts = [
        f"<h1>{html.escape(view.name)}</h1>",
        f"<p>{html.escape(project.name)}: {project.count:,} images of {project.width} x "
        f"{project.height} pixels; {view.done} of {view.total} runs, asked for on "
        f"{view.created_at:%Y-%m-%d %H:%M} UTC.</p>",
        "<h2>Means over seeds</h2>",
        _table(compared.means),
        *_drawn(compared, arrays),
        "<h2>Pictures</h2>",
        *_pictures(compared, arrays),
        "<h2>Every run</h2>",
        _table(compared.runs.drop(columns="key")),
    ]
    head = f"<meta charset='utf-8'><title>{html.escape(view.name)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html><head>{head}</head><body>{''.join(parts)}</body></html>".encode()


def _table(rows: pd.DataFrame) -> str:
    return rows.to_html(index=False, float_format="{:.4g}".format, na_rep="", border=0)


def _drawn(compared: Compared, arrays: Mapping[str, plots.Arrays]) -> Iterator[str]:
    """All figures with their titles; the first brings plotly's script along."""
    script: bool | str = True
    for title, figure in [*_figures(compared), *_maps(compared, arrays), *_sizes(compared, arrays)]:
        figure.update_layout(paper_bgcolor="#fff", plot_bgcolor="#fff")
        # The page's theme makes room for the axes; here nothing else does.
        figure.update_xaxes(automargin=True).update_yaxes(automargin=True)
        yield f"<h2>{html.escape(title)}</h2>" if title else ""
        yield figure.to_html(full_html=False, include_plotlyjs=script)
        script = False


def _figures(compared: Compared) -> Iterator[tuple[str, go.Figure]]:
    means, scores = compared.means, plots.scores_of(compared.means)
    for score in scores[:1] if "linear_probe" in scores else scores:
        title = title_of(score)
        yield f"By method: {title}", plots.accuracy(means, score, axis_of(score))
        if compared.has_epochs:
            figure = plots.time(compared.runs, score, axis_of(score))
            yield f"Against training time: {title}", figure
    if "linear_probe" in scores and any(record["curve"] for record in compared.records):
        yield "Linear probe against epoch", plots.epochs(compared.records)
    if answer_columns(means):
        yield "Answers needed", plots.answers(means)
    if layer_columns(means):
        yield "Layer by layer", plots.layers(means)
    for method, (names, shares) in plots.pairs(compared.records).items():
        yield f"Pairs of augmentations, {method}", figures.pair_heatmap(names, shares)


def _maps(
    compared: Compared, arrays: Mapping[str, plots.Arrays]
) -> Iterator[tuple[str, go.Figure]]:
    """The maps of all runs, a few in a row, with a title before the first of a kind."""
    for kind, title in map_titles().items():
        having = [key for key, each in arrays.items() if f"map_{kind}" in each]
        for start in range(0, len(having), IN_A_ROW):
            row = having[start : start + IN_A_ROW]
            figure = compared.map_figure({compared.labels[key]: arrays[key] for key in row}, kind)
            yield "" if start else f"{title} of test images", figure.update_layout(dragmode="zoom")


def _sizes(
    compared: Compared, arrays: Mapping[str, plots.Arrays]
) -> Iterator[tuple[str, go.Figure]]:
    yield "Sizes of the classes that were found", plots.sizes(compared.runs, arrays)
    yield "How many classes have how many images", plots.size_counts(compared.runs, arrays)


def _pictures(compared: Compared, arrays: Mapping[str, plots.Arrays]) -> Iterator[str]:
    """Rows of test images and of what each run makes of them, inside the page."""
    images = next(iter(arrays.values()))["picture_images"].tolist()
    yield _row("Test images", service.images(compared.store, compared.project, images))
    for key, label in compared.labels.items():
        for kind, words in plots.PICTURES.items():
            if kind in arrays[key]:
                yield _row(f"{label}: {words}", arrays[key][kind])


def _row(title: str, images: np.ndarray) -> str:
    scale = max(1, round(PIXELS / images.shape[2]))
    sheet = data_uri(sprite(images, columns=len(images), scale=scale, gap=max(2, scale)))
    words = html.escape(title)
    return f"<figure><figcaption>{words}</figcaption><img alt='{words}' src='{sheet}'></figure>"
