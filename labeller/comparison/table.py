"""The records of a comparison as tables: one row per run, or per method and latent size."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

# Column -> what it is and on which images it is measured, in the order of the table; shares in
# [0, 1] unless the text says more. {sample} and {layer_size} are those of the comparison.
SAMPLED = " On {sample} of the training images at most, the same for every run."
COLUMNS = {
    "linear_probe": "Accuracy on all test images of a linear classifier that learnt from the "
    "latents of all training images, after the last epoch.",
    "mlp": "Accuracy on all test images of the best of seven small networks on the latents; the "
    "network and its epoch are chosen by the loss on a fifth of the training images.",
    "knn": "Accuracy on all test images by a vote of the 10 nearest of {sample} training images "
    "at most.",
    "few_shot": "Accuracy by the nearest class mean: 5 classes and 5 images of each, all drawn "
    "from the test images, 600 times.",
    "few_shot_interval": "Half the width of the 95 % interval of few-shot over its episodes; of a "
    "mean over n seeds, the root of the sum of squares over n.",
    "clustering_accuracy": "k-means with one cluster per class, each matched to one class "
    "(Hungarian)." + SAMPLED,
    "purity": "Images in a cluster of k-means of their own majority." + SAMPLED,
    "nmi": "Normalised mutual information of the clusters of k-means and the classes." + SAMPLED,
    "ari": "Adjusted Rand index of the clusters of k-means and the classes." + SAMPLED,
    "manifold_accuracy": "A Gaussian mixture in the UMAP of the latents, each cluster matched to "
    "one class (Hungarian): N2D." + SAMPLED,
    "manifold_nmi": "Normalised mutual information of N2D's clusters and classes." + SAMPLED,
    "manifold_ari": "Adjusted Rand index of N2D's clusters and classes." + SAMPLED,
    "accuracy_own": "The method's own classes (DEC, UIC ...), each matched to one class at most."
    + SAMPLED,
    "nmi_own": "Mutual information of the method's own classes with the true ones." + SAMPLED,
    "ari_own": "Adjusted Rand index of the method's own classes and the true ones." + SAMPLED,
    "silhouette": "How well the clusters of k-means are apart, from -1 to 1; needs no classes. On "
    "{sample} of the training images at most, and no more than 5,000.",
    "psnr": "Rebuilt images against true ones, in dB: mean of 1,000 test images at most.",
    "psnr_view": "The same from what training feeds the encoder (augmented, corrupted), in dB.",
    "position_error": "Mean distance in pixels of the object in the second file from where the "
    "best of seven small networks places it; they learnt from the first file and are chosen by "
    "their loss on a fifth of it. Pictures with the object outside are left out. Empty for a "
    "method that reads features: these pictures have none.",
}
# Columns beside the scores.
OTHERS = {
    "linear_probe_std": "Sample standard deviation of the linear probe over the seeds.",
    "best_epoch_accuracy": "The highest of the linear probes after epochs, each of {sample} "
    "training images tested on {sample} test images at most. The epoch is chosen on the very test "
    "images that score it, so this is a little too good; the linear probe is not.",
    "m": "Line of best fit through the probes after epochs: percentage points an epoch.",
    "k": "The same line at epoch 0, in percent.",
    "epoch_seconds": "Median training time of an epoch in seconds; measuring not counted. Empty "
    "for a method that is not trained.",
    "train_seconds": "Training time of all epochs in seconds, or of the one look at the images of "
    "a method that is not trained; measuring not counted.",
}
LAYER = (
    "Linear probe on the features of a convolution, max-pooled to {layer_size} numbers at most: "
    "learnt from {sample} training images, tested on {sample} test images at most. Its penalty is "
    "chosen on a tenth of the former. Empty for a method that reads features: the encoder is not "
    "its own."
)
LOOP = (
    "Accuracy on the test images after so many answers in the whole labelling loop, with a "
    "simulated expert (`labeller compare --loop`)."
)
# What the columns answers_10, answers_20, ... are.
ANSWERS = (
    "Training images (a sample of them, as for clusters) labelled rightly by so many answers: as "
    "many clusters of the latents, or of their UMAP, each answered once with the majority of the "
    "true classes on its card. Nothing is split, doubted or trained again: it measures the "
    "latents, not the loop."
)
NOT_SHARES = ("silhouette", "psnr", "psnr_view", "position_error", "m", "k")


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


def meaning(name: str, sample: int = 5000, layer_size: int = 2048) -> str | None:
    """What a column is and on which images it is measured; None where its title says all."""
    heads = {"answers_": ANSWERS, "conv": LAYER, "loop_": LOOP}
    numbered = (text for head, text in heads.items() if name.startswith(head))
    text = {**COLUMNS, **OTHERS}.get(name) or next(numbered, None)
    return text and text.format(sample=f"{sample:,}", layer_size=f"{layer_size:,}")


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
    first = ["key", "method", "latent", "seed", *COLUMNS]
    measured = [name for name in first if name in table.columns]
    layers, answers = layer_columns(table), [*answer_columns(table), *loop_columns(table)]
    named = {*measured, *layers, *answers, *last}
    others = [name for name in table.columns if name not in named]
    return [*measured, *answers, *layers, *others, *last]
