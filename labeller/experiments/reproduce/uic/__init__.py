"""`uic`: the tables of "Unsupervised Image Classification for Deep Representation Learning".

Accuracy of linear probes on each convolution (Table 4), with UIC's classes (Table 1), fixed labels
at the end (Table 2), labels from clean images (Table 3) and strong views (Table 7), against
DeepCluster and the untrained network; mutual information with the true classes; few-shot
classification (Table 6); ResNets (Table 8, at the scale `paper`); the sizes of the classes and
their surest images (Figs. 3 and 4). The paper trains AlexNet on ImageNet; here it is CIFAR-10.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from scipy.special import softmax

from labeller.evaluation.clusters import class_sizes, entropy, lowest_entropy
from labeller.evaluation.layers import layer_features, layer_probes
from labeller.evaluation.neighbours import few_shot
from labeller.evaluation.probes import linear_probe
from labeller.evaluation.scores import nmi
from labeller.experiments.reproduce.data import Pictures, images_of
from labeller.experiments.reproduce.experiment import Bench, Cell, Scale
from labeller.experiments.reproduce.pictures import as_text
from labeller.experiments.reproduce.trained import build, fit, halves, latents, seconds_per_epoch
from labeller.experiments.reproduce.uic.report import PAPER, POOLED, SHOWN, WAYS, summarise
from labeller.training.batches import as_tensor, to_float

# What a ResNet has in place of AlexNet's settings: Table 8 is with strong views.
RESNET = {"dropout": 0.0, "sobel": False, "views": "strong"}
# Method and settings of each row of the tables.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "random": ("uic", {}),
    "deepcluster": ("deepcluster", {}),
    "uic": ("uic", {}),
    "uic-fixed": ("uic", {"fixed_epochs": -1}),
    "uic-pass": ("uic", {"labels": "pass"}),
    "uic-clean": ("uic", {"labels": "clean"}),
    "uic-more": ("uic", {"clusters": -1}),
    "uic-strong": ("uic", {"views": "strong"}),
    "uic-resnet18": ("uic", {**RESNET, "network": "resnet18", "hidden": 512}),
    "uic-resnet50": ("uic", {**RESNET, "network": "resnet50", "hidden": 2048}),
}
MAPS = 3  # the last convolutions, whose features Table 6 compares
GAP = 1  # white pixels around each image of Fig. 4


def cells(scale: Scale, seeds: Sequence[int]) -> list[Cell]:
    """One for each seed and row of the table."""
    base = PAPER.settings(scale)
    more, variants = base.pop("more"), base.pop("variants")
    rows = {}
    for variant in variants:
        method, changes = VARIANTS[variant]
        config = {**base["method"], **changes}
        settings = {**base, "variant": variant, "name": method, "method": config}
        fixed = settings.pop("fixed_epochs")
        if variant == "uic-fixed":  # Table 2: after the training, not a part of it
            config["fixed_epochs"] = fixed
            settings["epochs"] += fixed
        if variant == "uic-more":
            config["clusters"] = more
        rows[variant] = settings
    return Cell.seeded(rows, seeds)


def measure(settings: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Train, then score the layers, the latent and the classes; all numbers but NMI in [0, 1]."""
    most, c, place = settings["most"], settings["c"], bench.device
    images = images_of(settings, bench)
    method = build(settings["name"], settings["method"], images, settings["seed"])
    seconds = 0.0
    if settings["variant"] != "random":
        config = {"epochs": settings["epochs"], **settings["optimiser"]}
        seconds = seconds_per_epoch(fit(method, images, config, bench, settings["seed"]))
    train, test = halves(images)
    probes = layer_probes(method, train, test, most=most, c=c, device=place, report=bench.report)
    seen, held_out = (latents(method, part[0], place) for part in (train, test))
    probabilities = _probabilities(method, held_out)
    assigned = probabilities.argmax(1).astype(np.int64)
    sizes = class_sizes(assigned, settings["method"]["clusters"])
    drawing: dict[str, Any] = {"sizes": np.sort(sizes)[::-1].tolist()}
    if settings["variant"] == "uic":
        drawing["surest"] = _surest(probabilities, images)
    return {
        "probes": probes,
        "best": max(probes.values()),
        "latent": linear_probe(seen, train[1], held_out, test[1], device=place),
        "few_shot": _few_shot(method, test, settings, place),
        "nmi": nmi(assigned, test[1]),
        "seconds_per_epoch": seconds,
        "drawing": drawing,
    }


def _probabilities(method: Any, features: np.ndarray) -> np.ndarray:
    """Probabilities (N,K) of the pseudo-classes from latents (N,D) of images without a view."""
    weight = method.pseudo_head.weight.detach().cpu().numpy()
    bias = method.pseudo_head.bias.detach().cpu().numpy()
    probabilities: np.ndarray = softmax((features @ weight.T + bias).astype(np.float64), axis=1)
    return probabilities


def _few_shot(
    method: Any, test: tuple[np.ndarray, np.ndarray], settings: dict[str, Any], device: str
) -> dict[str, dict[str, tuple[float, float]]]:
    """For shots, then layer: accuracy and half of its 95 % interval; {} for too few classes."""
    scores: dict[str, dict[str, tuple[float, float]]] = {}
    features = _last_maps(method, test[0], device)
    for shots in settings["few_shot"]["shots"]:
        for layer, values in features.items():
            score = few_shot(
                values,
                test[1],
                ways=WAYS,
                shots=shots,
                episodes=settings["few_shot"]["episodes"],
                seed=settings["seed"],
            )
            if score is not None:
                scores.setdefault(str(shots), {})[layer] = (score.accuracy, score.interval)
    return scores


def _last_maps(method: Any, images: np.ndarray, device: str) -> dict[str, np.ndarray]:
    """Table 6's features (N,F) of images (N,H,W,C): the last convolutions, then the last pooled."""
    maps = dict(list(layer_features(method, images, device=device).items())[-MAPS:])
    name = list(maps)[-1]
    with torch.inference_mode():
        one = to_float(as_tensor(images[:1]).permute(0, 3, 1, 2).contiguous())
        last = method.eval().layers(one.to(next(method.parameters()).device))[name]
    # AlexNet's pooling, 3x3 with stride 2, leaves so many places a side.
    side = max(1, (min(last.shape[2:]) - 1) // 2)
    most = last.shape[1] * side**2
    maps[name + POOLED] = layer_features(method, images, most=most, device=device)[name]
    return maps


def _surest(probabilities: np.ndarray, images: Pictures) -> dict[str, Any]:
    """Fig. 4 from probabilities (N,K) of the test images: one picture, and what its rows are.

    A row for each of at most SHOWN classes that have SHOWN images, the lowest mean entropy (in
    nats) first; {} where no class has that many.
    """
    unsure, assigned = entropy(probabilities), probabilities.argmax(1)
    means = {int(k): float(unsure[assigned == k].mean()) for k in np.unique(assigned)}
    surest = lowest_entropy(probabilities, SHOWN)
    full = [k for k in means if len(surest[k]) == SHOWN]
    chosen = sorted(full, key=means.__getitem__)[:SHOWN]
    if not chosen:
        return {}
    tiles = images.test[np.stack([surest[k] for k in chosen])]
    rows = []
    for k, own in zip(chosen, images.labels[tiles], strict=True):
        kinds, counts = np.unique(own, return_counts=True)
        majority = images.classes[kinds[counts.argmax()]]
        rows.append({"entropy": means[k], "majority": majority, "count": int(counts.max())})
    sheet = _sheet(images.images[tiles])
    return {"png": as_text(sheet), "height": len(sheet) // len(rows), "rows": rows}


def _sheet(tiles: np.ndarray) -> np.ndarray:
    """Images (R,n,H,W,C) uint8 as one picture of R rows, grey or in colour, with white between."""
    tiles = np.pad(tiles, ((0, 0), (0, 0), (GAP, GAP), (GAP, GAP), (0, 0)), constant_values=255)
    rows, columns, height, width, channels = tiles.shape
    sheet = tiles.transpose(0, 2, 1, 3, 4).reshape(rows * height, columns * width, channels)
    return sheet[..., 0] if channels == 1 else sheet


EXPERIMENT = PAPER.experiment(cells, measure, summarise)
