"""The records of a comparison as tables: a row a run, and a row a method and latent size."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

# Column -> what it is, in the order of the table; shares in [0, 1] unless the text says more.
COLUMNS = {
    "linear_probe": "Linear probe: accuracy of a linear classifier on the latents.",
    "mlp": "MLP: the best of seven small networks by validation loss.",
    "knn": "Accuracy of the 10 nearest neighbours.",
    "few_shot": "Few-shot: 5 classes, 5 images each, nearest class mean.",
    "few_shot_interval": "Half the width of the 95 % interval of few-shot over its episodes; of a "
    "mean over n seeds, the root of the sum of squares over n.",
    "clustering_accuracy": "k-means clusters, each matched to one class (Hungarian).",
    "purity": "Images in a cluster of their own majority.",
    "nmi": "Normalised mutual information of clusters and classes.",
    "ari": "Adjusted Rand index of clusters and classes.",
    "manifold_accuracy": "A Gaussian mixture in the UMAP of the latents, matched like them: N2D.",
    "manifold_nmi": "Normalised mutual information of N2D's clusters and classes.",
    "manifold_ari": "Adjusted Rand index of N2D's clusters and classes.",
    "accuracy_own": "The method's own classes (DEC, UIC ...), each matched to one class at most.",
    "nmi_own": "Mutual information of the method's own classes with the true ones.",
    "ari_own": "Adjusted Rand index of the method's own classes and the true ones.",
    "silhouette": "How well clusters are apart, from -1 to 1; needs no classes.",
    "psnr": "Rebuilt images against true ones, in dB.",
    "psnr_view": "The same from what training feeds the encoder (augmented, corrupted), in dB.",
    "position_error": "Mean distance of the object from where it is placed, in pixels.",
}
# What the columns answers_10, answers_20, ... are.
ANSWERS = (
    "Training images (a sample of them) labelled rightly by so many answers: as many clusters of "
    "the latents, or of their UMAP, each answered once with the majority of the true classes on "
    "its card. Nothing is split, doubted or trained again: it measures the latents, not the loop."
)
NOT_SHARES = ("silhouette", "psnr", "psnr_view", "position_error", "m", "k")


def run_table(records: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """One row a finished run: key, method, latent, seed, scores, m, k, seconds, epochs."""
    rows = []
    for record in records:
        if record["state"] != "done":
            continue
        fit = record["fit"] or {}
        accuracies = [each["accuracy"] for each in record["curve"] if each.get("accuracy")]
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


def loop_columns(table: pd.DataFrame) -> list[str]:
    """`loop_10`, `loop_20`, ... of `compare --loop`, fewest answers first."""
    return _numbered(table, "loop_")


def layer_columns(table: pd.DataFrame) -> list[str]:
    """`conv1`, `conv2`, ... as far as they were measured, first layer first."""
    return _numbered(table, "conv")


def _of_the_mean(intervals: pd.Series) -> float:
    known = intervals.dropna()
    return float((known**2).sum() ** 0.5 / len(known)) if len(known) else float("nan")


def _numbered(table: pd.DataFrame, head: str) -> list[str]:
    names = [str(name) for name in table.columns if str(name).startswith(head)]
    found = [name for name in names if name.removeprefix(head).isdecimal()]
    return sorted(found, key=lambda name: int(name.removeprefix(head)))


def _ordered(table: pd.DataFrame) -> list[str]:
    last = ["m", "k", "epochs", "epoch_seconds", "train_seconds", "parameters"]
    known = ["key", "method", "latent", "seed", *COLUMNS]
    measured = [name for name in known if name in table.columns]
    layers, answers = layer_columns(table), [*answer_columns(table), *loop_columns(table)]
    named = {*measured, *layers, *answers, *last}
    others = [name for name in table.columns if name not in named]
    return [*measured, *answers, *layers, *others, *last]
