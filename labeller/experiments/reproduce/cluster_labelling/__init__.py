"""The paper that labeller follows: clustering a VAE's latents and asking about the centres.

Fig. 3: {k-means, Gaussian mixture} x {Euclidean, Mahalanobis} x {exponential (Eq. 2), Gaussian
(Eq. 3)}, and the mixture with its posterior as weight, which is what the paper does with it. All
cells of a seed share one trained network, and those of one clustering share clusters and answers:
they differ in the weights alone. Fig. 4: accuracy over the rounds. Fig. 2: decoded centres of ten
clusters after each round. Figs. 5 and 6: t-SNE of the latents before and after.
"""

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from labeller import service
from labeller.config import ClusterConfig
from labeller.data.images import ImageStore
from labeller.experiments.reproduce.cluster_labelling.report import PAPER, summarise
from labeller.experiments.reproduce.data import pictures, true_labels
from labeller.experiments.reproduce.experiment import Bench, Cell, Scale
from labeller.experiments.reproduce.pictures import as_text
from labeller.experiments.simulation.experts import Expert
from labeller.experiments.simulation.simulate import Simulation, expert_of, prepare, simulate
from labeller.experiments.simulation.simulated_project import NAME
from labeller.methods.base import Method
from labeller.rounds.clusterers import cluster
from labeller.rounds.encode import decode
from labeller.rounds.spaces import map2d
from labeller.runtime import drawn
from labeller.training import load_method

CENTRES = 10  # of Fig. 2: the paper's k
MAPPED = 2000  # test images on a t-SNE map
PAIR = (4, 9)  # the classes of Fig. 5
NEIGHBOURS = 10
# What the paper does with a mixture: the posterior is the weight, which knows no distance.
GMM = {"algorithm": "gmm", "distance": "euclidean", "decay": "posterior"}


def cells(scale: Scale, seeds: Sequence[int]) -> list[Cell]:
    """For each seed the rounds (Figs. 2, 4 to 6) and the nine choices of Fig. 3."""
    shared = {"train": None, **PAPER["scales"][scale]}
    rounds, fig3 = shared.pop("rounds"), shared.pop("rounds_fig3")
    rows = {
        "-".join(["fig3", *chosen.values()]): {"figure": 3, **shared, "rounds": fig3, **chosen}
        for chosen in choices()
    }
    return Cell.seeded({**rows, "rounds": {"figure": 4, **shared, "rounds": rounds, **GMM}}, seeds)


def choices() -> list[dict[str, str]]:
    """The clusterings, distances and weight functions of Fig. 3."""
    crossed = [
        {"algorithm": algorithm, "distance": distance, "decay": decay}
        for algorithm in ("gmm", "kmeans")
        for distance in ("euclidean", "mahalanobis")
        for decay in ("exponential", "gaussian")
    ]
    return [GMM, *crossed]


def measure(settings: dict[str, Any], bench: Bench) -> dict[str, Any]:
    """One simulation from the seed's trained network; for Fig. 4 also centres and maps."""
    start = _trained(settings, bench)
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch:
        workspace = Path(scratch) / "workspace"
        shutil.copytree(start, workspace)
        what = replace(
            _simulation(settings, bench),
            rounds=settings["rounds"],
            expert=_expert(str(start), settings["expert"], settings["seed"], bench.device),
        )
        record = simulate(what, workspace=workspace, report=bench.report)
        kept = ("answers_total", "coverage", "propagated_accuracy", "test_accuracy")
        numbers: dict[str, Any] = {
            "test_accuracy": record["test_accuracy"],
            "rounds": [{key: one[key] for key in kept} for one in record["rounds"]],
        }
        if settings["figure"] == 4:
            numbers |= _latents(workspace, settings["seed"])
    return numbers


def _trained(settings: dict[str, Any], bench: Bench) -> Path:
    """The workspace with the network of the seed and a mixture's questions, made once."""
    deciding = ("source", "train", "epochs", "retrain_epochs", "answers", "seed")
    shared = {key: settings[key] for key in deciding}

    def make(folder: Path) -> None:
        images = pictures(bench, settings["source"], train=settings["train"])
        first = {**settings, "source": str(images.path), "rounds": 1, **GMM}
        prepare(_simulation(first, bench), folder, report=bench.report)

    return bench.keep("trained", shared, make)


def _simulation(settings: dict[str, Any], bench: Bench) -> Simulation:
    """One with the settings of a cell, and a single round."""
    return Simulation(
        settings["source"],
        preset="paper",
        overrides={
            "train.epochs": settings["epochs"],
            "retrain.epochs": settings["retrain_epochs"],
            "cluster.algorithm": settings["algorithm"],
            "propagate.distance": settings["distance"],
            "propagate.decay": settings["decay"],
        },
        answers=settings["answers"],
        seed=settings["seed"],
        device=bench.device,
    )


@lru_cache(maxsize=1)
def _expert(workspace: str, name: str, seed: int, device: str) -> Expert:
    """One expert of a seed for all its cells: its network is trained once."""
    return expert_of(Path(workspace), name, seed=seed, device=device)


def _latents(workspace: Path, seed: int) -> dict[str, Any]:
    """What the latents of each network of a finished simulation look like."""
    with closing(service.open_store(workspace)) as store:
        folder = store.project_folder(service.project(store, NAME).id)
        models = sorted(int(path.name) for path in (folder.path / "models").iterdir())
        targets = true_labels(folder.data)
        images = ImageStore(folder.data)
        train, test = images.train, images.test
        latents = [np.load(folder.model(number) / "latents.npy") for number in models]
        networks: list[Method] = [load_method(folder.model(number)) for number in models]
    centres, sheets = [], []
    for points, network in zip(latents, networks, strict=True):
        numbers, sheet = _centres(points[train], targets[train], network, seed)
        centres.append(numbers)
        sheets.append(sheet)
    sample = drawn(test, MAPPED, seed, "mapped")
    pair = np.isin(targets[test], PAIR)
    two = drawn(test[pair], MAPPED // 2, seed, "mapped")
    ends = (latents[0], latents[-1])
    return {
        "centres": centres,
        "silhouette": [_silhouette(z[sample], targets[sample]) for z in ends],
        "pair_accuracy": [_neighbours_agree(z[test[pair]], targets[test[pair]]) for z in ends],
        "drawing": {
            "sheets": sheets,
            "maps": [_map(z[sample], seed) for z in ends],
            "map_classes": targets[sample].tolist(),
            "pair_maps": [_map(z[two], seed) for z in ends],
            "pair_classes": targets[two].tolist(),
        },
    }


def _centres(
    points: np.ndarray, targets: np.ndarray, network: Any, seed: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ten clusters of the latents (N, D): classes that are some cluster's majority, purity in
    [0, 1], and the decoded centres, those of one class side by side."""
    clusters = cluster(points, ClusterConfig(algorithm="gmm", clusters=CENTRES), seed=seed)
    counts = np.zeros((clusters.count, targets.max() + 1), int)
    np.add.at(counts, (clusters.assignment, targets), 1)
    majority = counts.argmax(axis=1)
    order = np.argsort(majority, kind="stable")
    images = decode(network, clusters.centres[order])
    assert images is not None, "a VAE decodes"
    numbers = {
        "classes": len(np.unique(majority)),
        "purity": float(counts.max(axis=1).sum() / counts.sum()),
    }
    sheet = np.concatenate(list(images[..., 0]), axis=1)
    return numbers, {"png": as_text(sheet), "majority": majority[order].tolist()}


def _map(latents: np.ndarray, seed: int) -> list[list[float]]:
    places: list[list[float]] = np.round(map2d(latents, "tsne", seed=seed), 2).tolist()
    return places


def _silhouette(latents: np.ndarray, targets: np.ndarray) -> float:
    """How far the true classes lie apart in the latents, in [-1, 1]."""
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(latents, targets))


def _neighbours_agree(latents: np.ndarray, targets: np.ndarray) -> float:
    """Share of images whose ten nearest ones in the other four fifths are mostly of their class."""
    from sklearn.model_selection import cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(NEIGHBOURS)
    return float(cross_val_score(model, latents, targets, cv=5).mean())


EXPERIMENT = PAPER.experiment(cells, measure, summarise)
