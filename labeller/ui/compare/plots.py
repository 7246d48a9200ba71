"""A comparison with what its runs measured, and its figures, for the page and the HTML file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from labeller import figures, service
from labeller.comparison.columns import INTERVAL, SCORES, column
from labeller.comparison.table import answer_columns, layer_columns, loop_columns, mean_table
from labeller.comparison.trend import line_of_best_fit
from labeller.evaluation.clusters import size_histogram
from labeller.records import ComparisonView, ProjectView
from labeller.service import Store

Record = dict[str, Any]
Arrays = dict[str, np.ndarray]
SIZE_BINS = 10
PICTURES = {
    "seen": "what training feeds the encoder",
    "rebuilt": "rebuilt",
    "restored": "rebuilt from what training feeds it",
}


@dataclass(frozen=True)
class Compared:
    """A comparison and its finished runs, each part read from the store when it is asked for."""

    store: Store
    project: ProjectView
    view: ComparisonView

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row per finished run."""
        return service.comparison_runs(self.store, self.project, self.view.number)

    @cached_property
    def means(self) -> pd.DataFrame:
        """One row per method and latent size: means over seeds."""
        return mean_table(self.runs)

    @cached_property
    def records(self) -> list[Record]:
        """All that was written down of each run, failed ones too."""
        return service.comparison_records(self.store, self.project, self.view.number)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Key of each run -> what it is called."""
        return run_labels(self.runs)

    def arrays(self, key: str) -> Arrays:
        """The arrays of the run of that key."""
        return service.comparison_arrays(self.store, self.project, self.view.number, key)

    @property
    def has_epochs(self) -> bool:
        """Whether any run was trained in epochs."""
        return bool(self.runs["epoch_seconds"].notna().any())

    def map_figure(
        self, arrays: Mapping[str, Arrays], kind: str, chosen: Sequence[int] = ()
    ) -> go.Figure:
        """The maps of some runs, by their names, side by side; `chosen` images stand out."""
        images = next(iter(arrays.values()))["map_images"]
        maps = {name: each[f"map_{kind}"] for name, each in arrays.items()}
        truth = service.true_classes(self.store, self.project, images)
        return figures.twin_maps(maps, images, truth, self.class_names, chosen)

    @cached_property
    def class_names(self) -> list[str]:
        """The names of all classes by number, merged ones too."""
        return [each.name for each in service.classes(self.store, self.project)]


def scores_of(table: pd.DataFrame) -> list[str]:
    """The scores that were measured, those that need classes first."""
    named = [name for name in SCORES if name != INTERVAL]
    shares = [name for name in named if _is_share(name)]
    others = [name for name in reversed(named) if name not in shares]
    names = [*shares, *answer_columns(table), *loop_columns(table), *others]
    return [name for name in names if name in table and table[name].notna().any()]


def accuracy(means: pd.DataFrame, score: str, title: str) -> go.Figure:
    """One score: one bar per method, or one line per method over the sizes when there are many."""
    measured, share = means.dropna(subset=[score]), _is_share(score)
    if measured.groupby("method")["latent"].nunique().max() > 1:
        lines = {
            str(name): list(zip(rows["latent"], rows[score], strict=True))
            for name, rows in measured.groupby("method", sort=False)
        }
        return figures.score_lines(lines, "latent size", title, share=share)
    bars = {str(row["method"]): float(row[score]) for _, row in measured.iterrows()}
    return figures.score_bars({title: bars}, title, share=share)


def epochs(records: Sequence[Record]) -> go.Figure:
    """The probe after each epoch: one line per method, the mean over its seeds and sizes, with its
    line of best fit."""
    points = [
        (record["label"], int(each["epoch"]), each["accuracy"])
        for record in records
        for each in record["curve"]
        if each.get("accuracy") is not None
    ]
    table = pd.DataFrame(points, columns=["method", "epoch", "accuracy"])
    curves = {
        str(name): rows.groupby("epoch")["accuracy"].mean()
        for name, rows in table.groupby("method", sort=False)
    }
    trends = {
        name: line_of_best_fit(curve.index.tolist(), curve.tolist())
        for name, curve in curves.items()
    }
    fits = {name: (trend.m, trend.k) for name, trend in trends.items() if trend is not None}
    lines = {
        name: list(zip(curve.index.tolist(), curve.tolist(), strict=True))
        for name, curve in curves.items()
    }
    return figures.add_fits(figures.score_lines(lines, "epoch", "linear probe"), fits)


def time(runs: pd.DataFrame, score: str, title: str) -> go.Figure:
    """One score against the training time of an epoch: one point per run that has epochs."""
    points = {
        str(name): [
            (row["epoch_seconds"], row[score], f"latent {row['latent']}, seed {row['seed']}")
            for _, row in rows.iterrows()
        ]
        for name, rows in runs.dropna(subset=[score, "epoch_seconds"]).groupby("method", sort=False)
    }
    return figures.time_scatter(points, title, share=_is_share(score))


def answers(means: pd.DataFrame) -> go.Figure:
    """Share of images labelled rightly by number of answers: one line per method and size."""
    lines = _lines(means, answer_columns(means), "answers_")
    return figures.score_lines(lines, "answers", "labelled rightly")


def layers(means: pd.DataFrame) -> go.Figure:
    """Linear probe on each convolution: one line per method and size."""
    lines = _lines(means, layer_columns(means), "conv")
    return figures.score_lines(lines, "convolution", "linear probe")


def pairs(records: Sequence[Record]) -> dict[str, tuple[list[str], np.ndarray]]:
    """Methods that were trained with one or two augmentations at a time: names, shares (n, n).

    Means over seeds. What differs in anything else, the size or another setting, has a heat map of
    its own, which says so.
    """
    rows = []
    for record in records:
        text = str(record.get("config", {}).get("augmentations", ""))
        parts = [part.strip() for part in text.split("+")]
        head, *settings = record["label"].split("@")  # pl-ae@augmentations=crop@width=8
        others = [each for each in settings if not each.startswith("augmentations=")]
        score = record["scores"].get("linear_probe")
        if others == settings or "," in text or len(parts) > 2 or score is None:
            continue
        method = "@".join([head, *others])
        rows.append((method, record["latent"], parts[0], parts[-1], score))
    table = pd.DataFrame(rows, columns=["method", "latent", "first", "second", "score"])
    heat_maps = {}
    for (name, latent), group in table.groupby(["method", "latent"], sort=False, dropna=False):
        names = list(dict.fromkeys(group[["first", "second"]].to_numpy().ravel()))
        shares = group.pivot_table("score", "first", "second").reindex(index=names, columns=names)
        if len(names) > 1:
            several = table["latent"].nunique() > 1
            title = f"{name}, latent {latent}" if several else str(name)
            heat_maps[title] = (names, shares.to_numpy())
    return heat_maps


def sizes(runs: pd.DataFrame, arrays: Mapping[str, Arrays]) -> go.Figure:
    """Sizes of the classes that each run found, largest first."""
    labels = run_labels(runs)
    return figures.size_bars({labels[key]: each["class_sizes"] for key, each in arrays.items()})


def size_counts(runs: pd.DataFrame, arrays: Mapping[str, Arrays]) -> go.Figure:
    """How many classes of a run have how many images, mean over the runs of a method."""
    sizes_of = {
        str(name): [arrays[key]["class_sizes"] for key in rows["key"] if key in arrays]
        for name, rows in runs.groupby("method", sort=False)
    }
    measured = {name: parts for name, parts in sizes_of.items() if parts}
    most = max(int(part.max()) for parts in measured.values() for part in parts)
    most += -most % SIZE_BINS  # so that the edges are whole numbers
    counts = {
        name: size_histogram(np.concatenate(parts), SIZE_BINS, most)[0] / len(parts)
        for name, parts in measured.items()
    }
    edges = np.linspace(0, max(1, most), SIZE_BINS + 1)
    return figures.histogram_bars(counts, edges, "images of a class", "classes")


def run_labels(runs: pd.DataFrame) -> dict[str, str]:
    """Key of each run -> its method, with size and seed where they tell runs apart."""
    several = [name for name in ("latent", "seed") if runs[name].nunique() > 1]
    return {
        row["key"]: ", ".join([str(row["method"]), *(f"{name} {row[name]}" for name in several)])
        for _, row in runs.iterrows()
    }


def _is_share(score: str) -> bool:
    return column(score).form == "share"


def _lines(
    means: pd.DataFrame, columns: list[str], prefix: str
) -> dict[str, list[tuple[float, float]]]:
    many = means["latent"].nunique() > 1
    lines = {}
    for _, row in means.iterrows():
        name = f"{row['method']}, latent {row['latent']}" if many else str(row["method"])
        lines[name] = [
            (float(column.removeprefix(prefix)), float(row[column]))
            for column in columns
            if pd.notna(row[column])
        ]
    return lines
