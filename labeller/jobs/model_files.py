"""What was computed from a model, read where it lies beside it, and made where it does not."""

import hashlib

import numpy as np

from labeller.config import EmbedConfig, RoundConfig
from labeller.jobs.task import Task
from labeller.rounds.graph import KEPT, Neighbours, find_neighbours
from labeller.rounds.points import checked_points
from labeller.rounds.spaces import embed, space_of
from labeller.store.files import read_arrays, write_array, write_arrays


def latents_of(task: Task, model: int) -> np.ndarray:
    """Latents of all images (N, D), not read before they are indexed."""
    return np.load(task.folder.model(model) / "latents.npy", mmap_mode="r")


def predictions_of(task: Task, model: int) -> np.ndarray | None:
    """What the classifier says of all images (N,), with merges applied; None without one."""
    path = task.folder.model(model) / "predictions.npy"
    return task.merged().apply(np.load(path)) if path.exists() else None


def neighbours_of(
    task: Task, model: int, latents: np.ndarray, *, count: int = KEPT, seed: int = 0
) -> Neighbours:
    """At least `count` neighbours of the training images' latents (n, D)."""
    path = task.folder.neighbours(model)
    wanted = min(max(count, KEPT), len(latents))
    if path.exists():
        found = Neighbours(**read_arrays(path))
        if found.count >= wanted:
            return found
    points = checked_points(latents, "latents")
    found = find_neighbours(points, wanted, seed=seed, report=task.report)
    write_arrays(path, {"indices": found.indices, "distances": found.distances})
    return found


def points_of(task: Task, model: int, members: np.ndarray, config: RoundConfig) -> np.ndarray:
    """The given training images (n, M) in the space in which all of them are clustered."""
    train = task.images.train
    every = _space(task, model, latents_of(task, model)[train], config)
    return every[np.searchsorted(train, members)]


def _space(task: Task, model: int, latents: np.ndarray, config: RoundConfig) -> np.ndarray:
    """The points to cluster, kept beside the model so that clustering them anew is free."""
    path = task.folder.model(model) / f"space-{fingerprint(config.embed, config.train.seed)}.npy"
    seed, space = config.train.seed, space_of(config.embed)
    wanted = getattr(space.config, "neighbours", KEPT) if space.uses_neighbours else KEPT
    known = neighbours_of(task, model, latents, count=wanted, seed=seed)
    if path.exists():
        return np.load(path)
    points = embed(latents, space, seed=seed, report=task.report, neighbours=known)
    write_array(path, points)
    return points


def fingerprint(config: EmbedConfig, seed: int) -> str:
    """What tells points that were made in one space from those of another."""
    return hashlib.sha256(f"{config.model_dump_json()}{seed}".encode()).hexdigest()[:12]
