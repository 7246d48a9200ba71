"""A comparison as files: CSV with a row a run, and one HTML page that needs nothing else."""

import html

import plotly.graph_objects as go

from labeller import figures, service
from labeller.evaluation.table import answer_columns, layer_columns, mean_table
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui import comparison_plots as plots
from labeller.ui.comparison_table import axis_of, title_of

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1200px; margin: 2rem auto; padding: 0 1rem;
  background: #fff; color: #1b1f27; }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: 13px; }
th, td { padding: 3px 10px; text-align: right; white-space: nowrap;
  border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
"""


def csv_file(store: Store, project: ProjectView, number: int) -> bytes:
    """A row a finished run, UTF-8."""
    return service.comparison_runs(store, project, number).to_csv(index=False).encode()


def html_file(store: Store, project: ProjectView, number: int) -> bytes:
    """Tables and plots in one page; plotly's script is inside, so that it opens anywhere."""
    view = service.comparison(store, project, number)
    runs = service.comparison_runs(store, project, number)
    means, records = mean_table(runs), service.comparison_records(store, project, number)
    parts = [
        f"<h1>{html.escape(view.name)}</h1>",
        f"<p>{html.escape(project.name)}: {project.count:,} images of {project.width} x "
        f"{project.height} pixels; {view.done} of {view.total} runs, asked for on "
        f"{view.created_at:%Y-%m-%d %H:%M} UTC.</p>",
        "<h2>Means over seeds</h2>",
        means.to_html(index=False, float_format="{:.4g}".format, na_rep="", escape=True, border=0),
    ]
    script: bool | str = True
    for title, figure in _figures(means, runs, records).items():
        figure.update_layout(paper_bgcolor="#fff", plot_bgcolor="#fff")
        parts.append(f"<h2>{html.escape(title)}</h2>")
        parts.append(figure.to_html(full_html=False, include_plotlyjs=script))
        script = False
    parts += [
        "<h2>Every run</h2>",
        runs.drop(columns="key").to_html(
            index=False, float_format="{:.4g}".format, na_rep="", escape=True, border=0
        ),
    ]
    head = f"<meta charset='utf-8'><title>{html.escape(view.name)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html><head>{head}</head><body>{''.join(parts)}</body></html>".encode()


def _figures(means, runs, records) -> dict[str, go.Figure]:
    found: dict[str, go.Figure] = {}
    scores = plots.scores_of(means)
    for score in scores[:1] if "linear_probe" in scores else scores:
        title = title_of(score)
        found[f"By method: {title}"] = plots.accuracy(means, score, axis_of(score))
        found[f"Against training time: {title}"] = plots.time(runs, score, axis_of(score))
    if "linear_probe" in scores:
        found["Linear probe against epoch"] = plots.epochs(records)
    if answer_columns(means):
        found["Answers needed"] = plots.answers(means)
    if layer_columns(means):
        found["Layer by layer"] = plots.layers(means)
    for method, (names, shares) in plots.pairs(records).items():
        found[f"Pairs of augmentations, {method}"] = figures.pair_heatmap(names, shares)
    return found
