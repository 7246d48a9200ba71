"""The records of a comparison as tables: one row per run, or per method and latent size."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from labeller.comparison.columns import SCORES


def run_table(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row a finished run: key, method, latent, seed, scores, m, k, seconds, epochs."""
    rows = []
    for record in records:
        if record["state"] != "done":
            continue
        fit = record["fit"] or {}
        accuracies = [
            accuracy for each in record["curve"] if (accuracy := each.get("accuracy")) is not None
        ]
        rows.append(
            {
                "key": record["key"],
                "method": record["label"],
                "latent": record["latent"],
                "seed": record["seed"],
                **record["scores"],
                "best_epoch_accuracy": max(accuracies, default=None),
                "m": fit.get("m"),
                "k": fit.get("k"),
                "epochs": len(record["curve"]),
                "epoch_seconds": record["seconds"]["epoch"],
                "train_seconds": record["seconds"]["train"],
                "parameters": record["parameters"],
            }
        )
    table = pd.DataFrame(rows)
    return table[_ordered(table)] if len(table) else table


def mean_table(runs: pd.DataFrame) -> pd.DataFrame:
    """One row a method and latent size: means over seeds, `runs`, and with several of them
    `linear_probe_std`, the sample standard deviation.

    `few_shot_interval` is that of the mean of n runs, sqrt(sum_i interval_i^2) / n.
    """
    if not len(runs):
        return runs
    groups = runs.drop(columns=["key", "seed"]).groupby(["method", "latent"], sort=False)
    table = groups.mean(numeric_only=True)
    if "linear_probe" in runs and groups.size().max() > 1:
        place = list(table.columns).index("linear_probe")
        table.insert(place + 1, "linear_probe_std", groups["linear_probe"].std(ddof=1))
    if "few_shot_interval" in table:
        table["few_shot_interval"] = groups["few_shot_interval"].agg(_of_the_mean)
    table.insert(0, "runs", groups.size())
    return table.reset_index()


def answer_columns(table: pd.DataFrame) -> list[str]:
    """`answers_10`, `answers_20`, ... as far as they were measured, fewest answers first."""
    return _numbered(table, "answers_")


def answers_needed(means: pd.DataFrame, accuracy: float) -> pd.Series:
    """The smallest number of answers that labels the share `accuracy` of images rightly, a row.

    Of the numbers that were tried; <NA> where none of them is enough.
    """
    columns = answer_columns(means)
    numbers = pd.Series([int(name.removeprefix("answers_")) for name in columns], columns)
    reached = means[columns] >= accuracy
    needed = [numbers[columns][row.to_numpy()].min() for _, row in reached.iterrows()]
    return pd.Series(needed, means.index, name="answers_needed").astype("Int64")


def loop_columns(table: pd.DataFrame) -> list[str]:
    """`loop_10`, `loop_20`, ... of `compare --loop`, fewest answers first."""
    return _numbered(table, "loop_")


def layer_columns(table: pd.DataFrame) -> list[str]:
    """`conv1`, `conv2`, ... as far as they were measured, first layer first."""
    return _numbered(table, "conv")


def _of_the_mean(intervals: pd.Series) -> float:
    measured = intervals.dropna()
    return float((measured**2).sum() ** 0.5 / len(measured)) if len(measured) else float("nan")


def _numbered(table: pd.DataFrame, head: str) -> list[str]:
    names = [str(name) for name in table.columns if str(name).startswith(head)]
    numbered = [name for name in names if name.removeprefix(head).isdecimal()]
    return sorted(numbered, key=lambda name: int(name.removeprefix(head)))


def _ordered(table: pd.DataFrame) -> list[str]:
    last = ["m", "k", "epochs", "epoch_seconds", "train_seconds", "parameters"]
    first = ["key", "method", "latent", "seed", *SCORES]
    measured = [name for name in first if name in table.columns]
    layers, answers = layer_columns(table), [*answer_columns(table), *loop_columns(table)]
    named = {*measured, *layers, *answers, *last}
    others = [name for name in table.columns if name not in named]
    return [*measured, *answers, *layers, *others, *last]
