"""The columns of a comparison: what each is called, what it is, and how it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Column:
    """A column; its numbers are shares in [0, 1], other scores, counts or plain numbers.

    `meaning` says what it is and on which images it is measured: {sample} and {layer_size} are
    those of the comparison. "" where the title says all.
    """

    title: str
    meaning: str = ""
    form: Literal["share", "score", "count", "number"] = "share"
    short: str = ""  # the title in a terminal, where there is less room; "" the same


SAMPLED = " On {sample} of the training images at most, the same for every run."
INTERVAL = "few_shot_interval"
# The scores, in the order of the table.
SCORES = {
    "linear_probe": Column(
        "linear probe",
        "Accuracy on all test images of a linear classifier that learnt from the latents of all "
        "training images, after the last epoch.",
        short="linear",
    ),
    "mlp": Column(
        "MLP",
        "Accuracy on all test images of the best of seven small networks on the latents; the "
        "network and its epoch are chosen by the loss on a fifth of the training images.",
    ),
    "knn": Column(
        "kNN",
        "Accuracy on all test images by a vote of the 10 nearest of {sample} training images at "
        "most.",
    ),
    "few_shot": Column(
        "5-way 5-shot",
        "Accuracy by the nearest class mean: 5 classes and 5 images of each, all drawn from the "
        "test images, 600 times.",
        short="5-shot",
    ),
    INTERVAL: Column(
        "± 95 %",
        "Half the width of the 95 % interval of few-shot over its episodes; of a mean over n "
        "seeds, the root of the sum of squares over n.",
        short="5-shot 95 %",
    ),
    "clustering_accuracy": Column(
        "cluster accuracy",
        "k-means with one cluster per class, each matched to one class (Hungarian)." + SAMPLED,
        short="clusters",
    ),
    "purity": Column("purity", "Images in a cluster of k-means of their own majority." + SAMPLED),
    "nmi": Column(
        "NMI", "Normalised mutual information of the clusters of k-means and the classes." + SAMPLED
    ),
    "ari": Column(
        "ARI", "Adjusted Rand index of the clusters of k-means and the classes." + SAMPLED
    ),
    "manifold_accuracy": Column(
        "N2D accuracy",
        "A Gaussian mixture in the UMAP of the latents, each cluster matched to one class "
        "(Hungarian): N2D." + SAMPLED,
        short="N2D",
    ),
    "manifold_nmi": Column(
        "N2D NMI", "Normalised mutual information of N2D's clusters and classes." + SAMPLED
    ),
    "manifold_ari": Column(
        "N2D ARI", "Adjusted Rand index of N2D's clusters and classes." + SAMPLED
    ),
    "accuracy_own": Column(
        "accuracy, own classes",
        "The method's own classes (DEC, UIC ...), each matched to one class at most." + SAMPLED,
        short="own",
    ),
    "nmi_own": Column(
        "NMI, own classes",
        "Mutual information of the method's own classes with the true ones." + SAMPLED,
        short="own NMI",
    ),
    "ari_own": Column(
        "ARI, own classes",
        "Adjusted Rand index of the method's own classes and the true ones." + SAMPLED,
        short="own ARI",
    ),
    "silhouette": Column(
        "silhouette",
        "How well the clusters of k-means are apart, from -1 to 1; needs no classes. On {sample} "
        "of the training images at most, and no more than 5,000.",
        "score",
    ),
    "psnr": Column(
        "PSNR, dB",
        "Rebuilt images against true ones, in dB: mean of 1,000 test images at most.",
        "score",
        short="PSNR",
    ),
    "psnr_view": Column(
        "PSNR from views, dB",
        "The same from what training feeds the encoder (augmented, corrupted), in dB.",
        "score",
        short="PSNR of views",
    ),
    "position_error": Column(
        "position error, pixels",
        "Mean distance in pixels of the object in the second file from where the best of seven "
        "small networks places it; they learnt from the first file and are chosen by their loss "
        "on a fifth of it. Pictures with the object outside are left out. Empty for a method that "
        "reads features: these pictures have none.",
        "score",
        short="pixels off",
    ),
}
# What stands beside them.
OTHERS = {
    "linear_probe_std": Column(
        "± seeds", "Sample standard deviation of the linear probe over the seeds."
    ),
    "best_epoch_accuracy": Column(
        "best epoch",
        "The highest of the linear probes after epochs, each of {sample} training images tested "
        "on {sample} test images at most. The epoch is chosen on the very test images that score "
        "it, so this is a little too good; the linear probe is not.",
    ),
    "m": Column(
        "m",
        "Line of best fit through the probes after epochs: percentage points an epoch.",
        "number",
    ),
    "k": Column("k", "The same line at epoch 0, in percent.", "number"),
    "epochs": Column("epochs", form="count"),
    "epoch_seconds": Column(
        "s per epoch",
        "Median training time of an epoch in seconds; measuring not counted. Empty for a method "
        "that is not trained.",
        "number",
        short="s/epoch",
    ),
    "train_seconds": Column(
        "s in all",
        "Training time of all epochs in seconds, or of the one look at the images of a method "
        "that is not trained; measuring not counted.",
        "number",
        short="s training",
    ),
    "parameters": Column("parameters", form="count"),
}
# Columns of which there are several: `answers_20`, `loop_20`, `conv1`.
NUMBERED = {
    "answers_": Column(
        "{} answers",
        "Training images (a sample of them, as for clusters) labelled rightly by so many answers: "
        "as many clusters of the latents, or of their UMAP, each answered once with the majority "
        "of the true classes on its card. Nothing is split, doubted or trained again: it measures "
        "the latents, not the loop.",
        short="{} ans.",
    ),
    "loop_": Column(
        "{} answers, loop",
        "Accuracy on the test images after so many answers in the whole labelling loop, with a "
        "simulated expert (`labeller compare --loop`).",
        short="{} loop",
    ),
    "conv": Column(
        "conv{}",
        "Linear probe on the features of a convolution, max-pooled to {layer_size} numbers at "
        "most: learnt from {sample} training images, tested on {sample} test images at most. Its "
        "penalty is chosen on a tenth of the former. Empty for a method that reads features: the "
        "encoder is not its own.",
    ),
}
ANSWERS = NUMBERED["answers_"].meaning


def column(name: str) -> Column:
    """The column of that name; one that nobody knows is a plain number."""
    numbered = re.fullmatch(rf"({'|'.join(NUMBERED)})(\d+)", name)
    if numbered:
        one = NUMBERED[numbered[1]]
        named = {part: getattr(one, part).format(numbered[2]) for part in ("title", "short")}
        return replace(one, **named)
    plain = Column(name.replace("_", " "), form="number")
    return SCORES.get(name) or OTHERS.get(name) or plain


def meaning(name: str, sample: int = 5000, layer_size: int = 2048) -> str | None:
    """What a column is and on which images it is measured; None where its title says all."""
    text = column(name).meaning
    return text.format(sample=f"{sample:,}", layer_size=f"{layer_size:,}") or None
