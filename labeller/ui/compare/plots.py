"""From the tables and records of a comparison to its figures; the page and the HTML file use it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from labeller import figures
from labeller.comparison.table import (
    COLUMNS,
    NOT_SHARES,
    answer_columns,
    layer_columns,
    loop_columns,
)
from labeller.comparison.trend import line_of_best_fit
from labeller.evaluation.clusters import size_histogram

Record = dict[str, Any]
Arrays = dict[str, np.ndarray]
SIZE_BINS = 10
PICTURES = {
    "seen": "what training feeds the encoder",
    "rebuilt": "rebuilt",
    "restored": "rebuilt from what training feeds it",
}


def scores_of(table: pd.DataFrame) -> list[str]:
    """The scores that were measured, those that need classes first."""
    named = [name for name in COLUMNS if name != "few_shot_interval"]
    alone = [name for name in named if name in NOT_SHARES]
    shares = [name for name in named if name not in NOT_SHARES]
    known = [*shares, *answer_columns(table), *loop_columns(table), *reversed(alone)]
    return [name for name in known if name in table and table[name].notna().any()]


def accuracy(means: pd.DataFrame, score: str, title: str) -> go.Figure:
    """One score: bars for a size each, or a line a method over the sizes when there are many."""
    known, share = means.dropna(subset=[score]), score not in NOT_SHARES
    if known.groupby("method")["latent"].nunique().max() > 1:
        lines = {
            str(name): list(zip(rows["latent"], rows[score], strict=True))
            for name, rows in known.groupby("method", sort=False)
        }
        return figures.score_lines(lines, "latent size", title, share=share)
    bars = {str(row["method"]): float(row[score]) for _, row in known.iterrows()}
    return figures.score_bars({title: bars}, title, share=share)


def epochs(records: Sequence[Record]) -> go.Figure:
    """The probe after each epoch, a line a method: mean over its seeds and sizes, with its line of
    best fit."""
    found: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        for each in record["curve"]:
            if each.get("accuracy") is not None:
                found[record["label"]][int(each["epoch"])].append(each["accuracy"])
    lines = {
        name: [(epoch, fmean(values)) for epoch, values in curve.items()]
        for name, curve in found.items()
    }
    trends = {
        name: line_of_best_fit([epoch for epoch, _ in line], [share for _, share in line])
        for name, line in lines.items()
    }
    fits = {name: (trend.m, trend.k) for name, trend in trends.items() if trend is not None}
    return figures.add_fits(figures.score_lines(lines, "epoch", "linear probe"), fits)


def time(runs: pd.DataFrame, score: str, title: str) -> go.Figure:
    """One score against training time of an epoch, a point a run of a method that has epochs."""
    points = {
        str(name): [
            (row["epoch_seconds"], row[score], f"latent {row['latent']}, seed {row['seed']}")
            for _, row in rows.iterrows()
        ]
        for name, rows in runs.dropna(subset=[score, "epoch_seconds"]).groupby("method", sort=False)
    }
    return figures.time_scatter(points, title, share=score not in NOT_SHARES)


def answers(means: pd.DataFrame) -> go.Figure:
    """Share of images labelled rightly after so many answers, a line a method and size."""
    return figures.score_lines(
        _lines(means, answer_columns(means), "answers_"), "answers", "labelled rightly"
    )


def layers(means: pd.DataFrame) -> go.Figure:
    """Linear probe on each convolution, a line a method and size."""
    return figures.score_lines(
        _lines(means, layer_columns(means), "conv"), "convolution", "linear probe"
    )


def pairs(records: Sequence[Record]) -> dict[str, tuple[list[str], np.ndarray]]:
    """Methods that were trained with one or two augmentations at a time: names, shares (n, n).

    Means over seeds. What differs in anything else, the size or another setting, has a heat map of
    its own, which says so.
    """
    found: dict[tuple[str, int], dict[tuple[str, str], list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for record in records:
        text = str(record.get("config", {}).get("augmentations", ""))
        parts = [part.strip() for part in text.split("+")]
        name, chosen = _without_augmentations(record["label"])
        score = record["scores"].get("linear_probe")
        if not chosen or "," in text or not 1 <= len(parts) <= 2 or score is None:
            continue
        found[name, record["latent"]][parts[0], parts[-1]].append(score)
    several = len({latent for _, latent in found}) > 1
    result = {}
    for (name, latent), scores in found.items():
        names = list(dict.fromkeys(name for pair in scores for name in pair))
        shares = np.full((len(names), len(names)), np.nan)
        for (one, two), values in scores.items():
            shares[names.index(one), names.index(two)] = fmean(values)
        if len(names) > 1:
            result[f"{name}, latent {latent}" if several else name] = (names, shares)
    return result


def _without_augmentations(label: str) -> tuple[str, bool]:
    """`pl-ae@augmentations=crop@width=8` as `pl-ae@width=8`, and whether it said any."""
    head, *settings = label.split("@")
    others = [each for each in settings if not each.startswith("augmentations=")]
    return "@".join([head, *others]), len(others) < len(settings)


def sizes(runs: pd.DataFrame, arrays: Mapping[str, Arrays]) -> go.Figure:
    """Sizes of the classes that each run found, largest first."""
    labels = run_labels(runs)
    return figures.size_bars({labels[key]: found["class_sizes"] for key, found in arrays.items()})


def size_counts(runs: pd.DataFrame, arrays: Mapping[str, Arrays]) -> go.Figure:
    """How many classes of a run have how many images, mean over the runs of a method."""
    found = {
        str(name): [arrays[key]["class_sizes"] for key in rows["key"] if key in arrays]
        for name, rows in runs.groupby("method", sort=False)
    }
    known = {name: parts for name, parts in found.items() if parts}
    most = max(int(part.max()) for parts in known.values() for part in parts)
    most += -most % SIZE_BINS  # so that the edges are whole numbers
    counts = {
        name: size_histogram(np.concatenate(parts), SIZE_BINS, most)[0] / len(parts)
        for name, parts in known.items()
    }
    edges = np.linspace(0, max(1, most), SIZE_BINS + 1)
    return figures.histogram_bars(counts, edges, "images of a class", "classes")


def run_labels(runs: pd.DataFrame) -> dict[str, str]:
    """Key of each run -> its method, with size and seed where they tell runs apart."""
    sizes, seeds = runs["latent"].nunique() > 1, runs["seed"].nunique() > 1
    return {
        row["key"]: str(row["method"])
        + (f", latent {row['latent']}" if sizes else "")
        + (f", seed {row['seed']}" if seeds else "")
        for _, row in runs.iterrows()
    }


def plain(text: str) -> str:
    """A method's label safe inside Markdown."""
    from labeller.ui.frame.text import escape

    return escape(text)


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
