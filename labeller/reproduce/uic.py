"""`uic`: the tables of "Unsupervised Image Classification for Deep Representation Learning".

Accuracy of linear probes on each convolution (Table 4), with UIC's classes (Table 1), fixed labels
at the end (Table 2), labels from clean images (Table 3) and strong views (Table 7), against
DeepCluster and the untrained network; mutual information with the true classes; Fig. 3, the sizes
of the classes. The paper trains AlexNet on ImageNet; here it is CIFAR-10.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from labeller.evaluation.clusters import class_sizes
from labeller.evaluation.scores import nmi
from labeller.reproduce.data import pictures
from labeller.reproduce.experiment import (
    Bench,
    Cell,
    Drawing,
    Experiment,
    Finding,
    Record,
    Scale,
    Summary,
    Table,
)
from labeller.reproduce.trained import build, fit, halves, seconds_per_epoch
from labeller.reproduce.verdicts import judged, spread

# Method and settings of each row, and the paper's accuracy of conv1 to conv5 and NMI.
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "random": ("uic", {}),
    "deepcluster": ("deepcluster", {}),
    "uic": ("uic", {}),
    "uic-fixed": ("uic", {"fixed_epochs": -1}),
    "uic-clean": ("uic", {"labels": "clean"}),
    "uic-more": ("uic", {"clusters": -1}),
    "uic-strong": ("uic", {"views": "strong"}),
}
NAMES = {
    "random": "untrained network",
    "deepcluster": "DeepCluster",
    "uic": "UIC",
    "uic-fixed": "UIC, fixed labels at the end (Table 2)",
    "uic-clean": "UIC, labels from clean images (Table 3)",
    "uic-more": "UIC, 10/3 as many classes (Table 1)",
    "uic-strong": "UIC, strong views (Table 7)",
}
PAPER = {
    "random": "11.6 / 17.1 / 16.9 / 16.3 / 14.1",
    "deepcluster": "13.4 / 32.3 / 41.0 / 39.6 / 38.2",
    "uic": "- / - / 41.2 / 41.0 / 38.1",
    "uic-fixed": "12.8 / 34.3 / 41.6 / 41.5 / 39.0",
    "uic-clean": "- / - / 39.5 / 39.9 / 37.9",
    "uic-more": "- / - / 40.6 / 40.8 / 37.9",
    "uic-strong": "- / - / 43.5 / 45.6 / 44.3",
}
PAPER_NMI = {"uic": "38.5", "uic-more": "42.6", "uic-strong": "40.0"}

SETTINGS: dict[str, dict[str, Any]] = {
    "smoke": {
        "source": "digits",
        "train": 300,
        "test": 150,
        "epochs": 2,
        "fixed_epochs": 1,
        "optimiser": {"batch_size": 64},
        "method": {"clusters": 20, "width": 8, "hidden": 32, "flip": False},
        "more": 60,
        "variants": ["random", "deepcluster", "uic", "uic-fixed", "uic-clean"],
    },
    "small": {
        "source": "cifar10-images.zip",
        "train": 10_000,
        "test": 2_000,
        "epochs": 16,
        "fixed_epochs": 4,
        "optimiser": {"batch_size": 128, "learning_rate": 1e-3},
        "method": {"clusters": 100, "width": 24, "hidden": 256},
        "more": 300,
        "variants": ["random", "deepcluster", "uic", "uic-clean"],
    },
    "paper": {
        "source": "cifar10",
        "train": None,
        "test": None,
        "epochs": 500,
        "fixed_epochs": 30,
        "optimiser": {
            "batch_size": 256,
            "optimiser": "sgd",
            "learning_rate": 0.05,
            "weight_decay": 1e-4,
            "schedule": "linear",
        },
        "method": {
            "clusters": 300,
            "network": "alexnet",
            "width": 64,
            "hidden": 4096,
            "dropout": 0.5,
            "sobel": True,
        },
        "more": 1000,
        "variants": list(VARIANTS),
    },
}


def cells(scale: Scale, seeds: Sequence[int]) -> list[Cell]:
    """One for each seed and row of the table."""
    base = dict(SETTINGS[scale])
    more, variants = base.pop("more"), base.pop("variants")
    found = []
    for seed in seeds:
        for variant in variants:
            method, changes = VARIANTS[variant]
            config = {**base["method"], **changes}
            if variant == "uic-fixed":
                config["fixed_epochs"] = base["fixed_epochs"]
            if variant == "uic-more":
                config["clusters"] = more
            settings = {**base, "variant": variant, "name": method, "method": config, "seed": seed}
            settings.pop("fixed_epochs")
            found.append(Cell(f"{variant}-seed{seed}", settings))
    return found


def measure(settings: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """Train, then probe each layer; classes and their mutual information with the true ones."""
    from labeller.evaluation.layers import layer_probes

    images = pictures(bench, settings["source"], train=settings["train"], test=settings["test"])
    method = build(settings["name"], settings["method"], images, settings["seed"])
    seconds = 0.0
    if settings["variant"] != "random":
        config = {"epochs": settings["epochs"], **settings["optimiser"]}
        seconds = seconds_per_epoch(fit(method, images, config, bench, settings["seed"]))
    parts = halves(images)
    probes = layer_probes(method, *parts, device=bench.device, report=bench.report)
    assigned = _assigned(method, parts[1][0], bench.device)
    sizes = class_sizes(assigned, settings["method"]["clusters"])
    return {
        "probes": probes,
        "best": max(probes.values()),
        "nmi": nmi(assigned, parts[1][1]),
        "seconds_per_epoch": seconds,
        "drawing": {"sizes": np.sort(sizes)[::-1].tolist()},
    }


def _assigned(method: Any, images: np.ndarray, device: str) -> np.ndarray:
    """The most likely pseudo-class (N,) of each image (N,H,W,C) uint8, without a random view."""
    from labeller.rounds.encode import encode

    latents = encode(method, images, device=device)
    weight = method.pseudo_head.weight.detach().cpu().numpy()
    bias = method.pseudo_head.bias.detach().cpu().numpy()
    return (latents @ weight.T + bias).argmax(1).astype(np.int64)


def summarise(records: list[Record]) -> Summary:
    """Tables, findings and the sizes of the classes."""
    rows: dict[str, list[Record]] = {}
    for record in records:
        rows.setdefault(record.settings["variant"], []).append(record)
    table = [
        [
            NAMES[variant],
            PAPER[variant],
            " / ".join(
                spread([one.numbers["probes"][layer] for one in found])
                for layer in found[0].numbers["probes"]
            ),
            spread([one.numbers["best"] for one in found]),
            PAPER_NMI.get(variant),
            spread([one.numbers["nmi"] for one in found]),
            spread([one.numbers["seconds_per_epoch"] for one in found], 1),
        ]
        for variant, found in rows.items()
    ]
    return Summary(
        tables=[
            Table(
                "Linear probes on each convolution, first to last",
                ["", "paper (ImageNet)", "ours", "best layer", "NMI, paper", "NMI", "s an epoch"],
                table,
                "In per cent, mean ± standard deviation over the seeds. NMI: between the network's"
                " classes of the test images and the true ones.",
            )
        ],
        findings=_findings(
            {key: [r.numbers["best"] for r in found] for key, found in rows.items()}
        ),
        drawings=[_sizes(rows)],
        notes=_notes(records[0].settings),
    )


def _findings(best: dict[str, list[float]]) -> list[Finding]:
    claims = [
        ("UIC learns features far above the untrained network's (by 10 points)", "uic", "random"),
        ("UIC is not below DeepCluster", "uic", "deepcluster"),
        (
            "Labels from random views are better than from clean images (Table 3)",
            "uic",
            "uic-clean",
        ),
        ("Fixed labels at the end help (Table 2)", "uic-fixed", "uic"),
        ("Fewer classes are slightly better (Table 1)", "uic", "uic-more"),
        ("Strong views help (Table 7)", "uic-strong", "uic"),
    ]
    bars = {"random": 0.10}  # points that the first claim asks for
    return [
        judged(
            claim,
            (NAMES[good], best[good]),
            (
                NAMES[bad] + (" + 10 points" if bad in bars else ""),
                _above(best[bad], bars.get(bad)),
            ),
        )
        for claim, good, bad in claims
        if good in best and bad in best
    ]


def _above(values: Sequence[float], bar: float | None) -> list[float]:
    return [value + (bar or 0) for value in values]


def _sizes(rows: dict[str, list[Record]]) -> Drawing:
    figure = go.Figure()
    for variant, found in rows.items():
        sizes = found[0].numbers["drawing"]["sizes"]
        figure.add_scatter(x=list(range(1, len(sizes) + 1)), y=sizes, name=NAMES[variant])
    figure.update_xaxes(title="class, the largest first")
    figure.update_yaxes(title="test images")
    return Drawing("fig3", "Fig. 3: images in each class of the network, first seed.", figure)


def _notes(settings: dict[str, Any]) -> list[str]:
    return [
        "The paper trains AlexNet on 1.28 million images of ImageNet and probes with ten crops; its"
        f" numbers are no bar for {settings['source']}, only their signs are.",
        f"Here: {settings['train'] or 'all'} training images, {settings['epochs']} epochs,"
        f" {settings['method']['clusters']} classes, network"
        f" {settings['method'].get('network', 'small')}.",
    ]


EXPERIMENT = Experiment(
    name="uic",
    title="Unsupervised image classification: linear probes and ablations",
    paper="Chen et al., Unsupervised Image Classification for Deep Representation Learning, 2020",
    cells=cells,
    measure=measure,
    summarise=summarise,
    seeds={"smoke": (0,), "small": (0, 1), "paper": (0, 1, 2)},
)
