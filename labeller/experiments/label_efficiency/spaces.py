"""In which space to cluster the latents: purity of the clusters of several, with the same latents.

Purity is the share of the training images in a cluster of their own majority: what a perfect
expert reaches with one answer a cluster.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any

import numpy as np

from labeller.config import PRESETS, ClusterConfig, EmbedConfig, suited
from labeller.evaluation.scores import purity
from labeller.events import Progress, Report, silent
from labeller.experiments.label_efficiency.learners import StudentLearner
from labeller.experiments.label_efficiency.pool import Pool, Source
from labeller.rounds.clusterers import cluster
from labeller.rounds.graph import find_neighbours
from labeller.rounds.settings import changed
from labeller.rounds.spaces import embed, map2d
from labeller.runtime import measured_on

NEIGHBOURS = 15
Space = Callable[[np.ndarray, int], np.ndarray]


def _embedded(**settings: Any) -> Space:
    return lambda latents, seed: embed(latents, EmbedConfig(**settings), seed=seed)


def laplacian_eigenmap(latents: np.ndarray, seed: int, dimensions: int = 10) -> np.ndarray:
    """Laplacian eigenmaps (Belkin and Niyogi 2003) of latents (N, D): points (N, dimensions).

    The first eigenvectors of the normalised graph of 15 neighbours. The constant one is kept: a
    graph in several parts has one for each, and they tell the parts.
    """
    from scipy import sparse
    from scipy.sparse.linalg import eigsh

    near = find_neighbours(latents, min(NEIGHBOURS, len(latents)), seed=seed)
    rows = np.repeat(np.arange(len(latents)), near.count)
    ones = np.ones(rows.size, np.float64)
    graph = sparse.csr_matrix((ones, (rows, near.indices.ravel())), shape=(len(latents),) * 2)
    graph = graph.maximum(graph.T)
    scale = sparse.diags(1 / np.sqrt(np.asarray(graph.sum(axis=1)).ravel()))
    start = np.random.default_rng(seed).normal(size=len(latents))
    _, vectors = eigsh(scale @ graph @ scale, k=dimensions, v0=start, tol=1e-4)
    points: np.ndarray = (scale @ vectors[:, ::-1]).astype(np.float32)
    return points


SPACES: dict[str, Space] = {
    "latent": _embedded(space="latent"),
    "PCA, 10 dimensions": _embedded(space="pca", dimensions=10),
    "UMAP, 10 dimensions": _embedded(space="umap", dimensions=10),
    "UMAP, 2 dimensions": _embedded(space="umap", dimensions=2),
    "UMAP, 10 dimensions, 30 neighbours": _embedded(space="umap", dimensions=10, neighbours=30),
    "t-SNE, 2 dimensions": lambda latents, seed: map2d(latents, "tsne", seed=seed),
    "Laplacian eigenmaps, 10 dimensions": laplacian_eigenmap,
}


def compare_spaces(
    source: str,
    *,
    counts: Sequence[int] = (10, 20),
    seeds: Sequence[int] = (0,),
    cache: Path,
    data_dir: str | Path | None = None,
    device: str = "auto",
    changes: dict[str, object] | None = None,
    report: Report = silent,
) -> dict[str, Any]:
    """Clusters the latents of the preset `recommended` in each of SPACES, with its mixture.

    Returns JSON-able facts and `rows`, one a space and number of clusters: `space, clusters,
    purity` (mean over seeds, in [0, 1]), `std`, `seconds` (mean, of the space alone). `cache` keeps
    images and latents. Raises ValueError for numbers out of range or a source without classes.
    """
    images = Source(source, cache, data_dir=data_dir, report=report)
    targets = images.targets[images.train]
    store = images.store
    pixels = store.height * store.width * store.channels
    config = suited(PRESETS["recommended"], len(images.train), pixels)
    config = changed(config, {**(changes or {}), "train.device": device})
    purities: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for seed in seeds:
        own = changed(config, {"train.seed": seed})
        latents = Pool(images, own, cache, StudentLearner(own), report).latents
        for place, (name, space) in enumerate(SPACES.items()):
            report(Progress("spaces", place, len(SPACES), f"{name}, seed {seed}", milestone=True))
            started = time.monotonic()
            points = space(latents, seed)
            seconds = time.monotonic() - started
            for count in counts:
                wanted = ClusterConfig(algorithm="gmm", clusters=count)
                groups = cluster(points, wanted, seed=seed).assignment
                score = purity(groups, targets)
                purities.setdefault((name, count), []).append((score or 0.0, seconds))
    return {
        "benchmark": "spaces",
        "source": source,
        "images": len(targets),
        "seeds": list(seeds),
        "method": config.method,
        "train": config.train.model_dump(mode="json", exclude={"seed"}),
        **measured_on(device),
        "rows": [_row(*key, values) for key, values in purities.items()],
    }


def _row(space: str, clusters: int, values: list[tuple[float, float]]) -> dict[str, Any]:
    scores, seconds = zip(*values, strict=True)
    return {
        "space": space,
        "clusters": clusters,
        "purity": fmean(scores),
        "std": pstdev(scores),
        "seconds": round(fmean(seconds), 1),
    }
