"""`pl-ae`: the tables of "Pseudo Labelling".

Accuracy of a linear probe (Algorithm 3) after every epoch of B-AE, P-AE, SDA-AE and PL-AE, and of
the supervised network: the best by data set and embedding size (Tables 2, 4 and 6), the line of
best fit (Tables 3, 5 and 7) and the curves (Figs. 14, 16 and 17). At the scale `paper` also PL-AE
with each augmentation alone and each two of them (Figs. 11-13).
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from labeller.comparison.trend import line_of_best_fit, mean_fall
from labeller.evaluation.probes import linear_probe
from labeller.events import Progress
from labeller.experiments.reproduce.data import Pictures, images_of
from labeller.experiments.reproduce.experiment import Bench, Cell, Scale
from labeller.experiments.reproduce.pl_ae.report import PAPER, summarise
from labeller.experiments.reproduce.trained import (
    build,
    fit,
    halves,
    latents,
    loss_weights,
    seconds_per_epoch,
    with_stem,
)
from labeller.methods import registry
from labeller.methods.transforms.augmentation_lists import singles_and_pairs
from labeller.rounds.encode import classify

METHODS = ("pl-ae:b-ae", "pl-ae:p-ae", "pl-ae:sda-ae", "pl-ae:pl-ae", "cnn")
DIGITS = ("rotation", "affine", "crop", "cutout", "noise")
# The transformations of Table 1, and the list that each data set draws from (Table 9).
TRANSFORMS: dict[str, tuple[str, ...]] = {
    "digits": ("cutout", "noise"),
    "mnist": DIGITS,
    "cifar10": (*DIGITS, "jitter", "grey", "horizontal-flip", "vertical-flip"),
    "svhn": (*DIGITS, "jitter", "grey"),
}
LISTS = {"digits": "mnist", "mnist": "mnist", "cifar10": "cifar10", "svhn": "svhn"}


def cells(scale: Scale, seeds: Sequence[int], weights: str | None = None) -> list[Cell]:
    """One for each seed, data set, embedding size and method; pairs with the first seed only."""
    base = with_stem(PAPER.settings(scale), weights)
    sources, sizes = base.pop("sources"), base.pop("latents")
    epochs = base.pop("epochs_of_pairs")
    rows, pairs = {}, {}
    for source, latent, method in product(sources, sizes, METHODS):
        settings = _settings(base, source, method, latent)
        rows[f"{source}-z{latent}-{settings['variant']}"] = settings
    for source in sources if epochs else ():
        for pair in map("+".join, singles_and_pairs(TRANSFORMS[source])):
            settings = _settings(base, source, METHODS[3], max(sizes), pair)
            pairs[f"{source}-{pair.replace('+', '-and-')}"] = {**settings, "epochs": epochs}
    return Cell.seeded(rows, seeds) + Cell.seeded(pairs, seeds[:1])


def _settings(
    base: dict[str, Any], source: str, head: str, latent: int, pair: str = ""
) -> dict[str, Any]:
    """The settings of one training but its seed; `pair`: the augmentations, else the list."""
    name, preset = registry.chosen(head)
    fields = registry.get(name).Config.model_fields  # the supervised network has no loss network
    shared = {key: value for key, value in base["method"].items() if key in fields}
    augmentations = pair or LISTS[source]
    return {
        **base,
        "source": source,
        "variant": head.rpartition(":")[2],
        "pair": pair,
        "name": name,
        "method": {**shared, **preset, "latent": latent, "augmentations": augmentations},
    }


def measure(settings: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Train, and score every epoch."""
    images = images_of(settings, bench)
    method = build(settings["name"], settings["method"], images, settings["seed"])
    accuracies: list[float] = []

    def report(event: Progress) -> None:
        if event.stage == "train" and event.milestone:
            accuracies.append(_accuracy(method, images, bench.device))
        bench.report(event)

    config = {"epochs": settings["epochs"], **settings["optimiser"]}
    history = fit(method, images, config, replace(bench, report=report), settings["seed"])
    every = images
    if settings["train"] is not None and not method.needs_labels:
        every = images_of({**settings, "train": None}, bench)
    trend = line_of_best_fit(range(1, len(accuracies) + 1), accuracies)
    best = max(accuracies)
    return {
        "best": best,
        "best_epoch": accuracies.index(best) + 1,
        "last": accuracies[-1],
        "all": None if method.needs_labels else _accuracy(method, every, bench.device),
        "m": trend and trend.m,
        "k": trend and trend.k,
        "fall": mean_fall(accuracies),
        "seconds_per_epoch": seconds_per_epoch(history),
        "loss_weights": loss_weights(method),
        "drawing": {"accuracies": accuracies},
    }


def _accuracy(method: Any, images: Pictures, device: str) -> float:
    """Share of the test images that a linear probe of the training images gets right, or that the
    method itself does where it learns from labels."""
    if method.needs_labels:
        answers = classify(method, images.images[images.test], device=device).argmax(1)
        return float((answers == images.labels[images.test]).mean())
    (seen, labels), (held_out, truth) = halves(images)
    parts = latents(method, seen, device), labels, latents(method, held_out, device), truth
    return linear_probe(*parts, device=device)


EXPERIMENT = PAPER.experiment(cells, measure, summarise)
