"""What was computed from a model, read where it lies beside it, and made where it does not.

The job that draws a map of the training images is here too.
"""

import hashlib
from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.data.sealed import intact_array, intact_arrays
from labeller.jobs.features import directions_of
from labeller.jobs.kinds import MapPayload
from labeller.jobs.task import Task
from labeller.rounds.graph import KEPT, Neighbours, find_neighbours
from labeller.rounds.points import checked_points
from labeller.rounds.spaces import embed, map2d, map_spaces, space_of
from labeller.store.files import read_array, write_array, write_arrays


def make_map(task: Task, payload: MapPayload) -> dict[str, Any]:
    """A map of what a model's images are compared by, by one of `map_spaces`, unless it exists."""
    model, name = payload.model, payload.map
    path = task.folder.map(model, name)
    if intact_array(path) is None:
        latents = latents_of(task, model)
        train = task.images.train[task.images.train < len(latents)]  # those of its time
        config = RoundConfig.model_validate(task.model(model).config)
        base = compared(task, model, config)[train]
        space = map_spaces().get(name)
        uses = space is not None and space.uses_neighbours
        neighbours = neighbours_of(task, model, config, base) if uses else None
        places = map2d(base, name, seed=0, report=task.report, neighbours=neighbours)
        write_array(path, places.astype(np.float32))
    return {"model": model, "map": name}


def latents_of(task: Task, model: int) -> np.ndarray:
    """Latents of all images (N, D), not read before they are indexed."""
    latents: np.ndarray = read_array(task.folder.model(model) / "latents.npy", "r")
    return latents


def predictions_of(task: Task, model: int) -> np.ndarray | None:
    """What the classifier says of all images (N,), with merges applied; None without one."""
    path = task.folder.model(model) / "predictions.npy"
    return task.merged().apply(read_array(path)) if path.exists() else None


def compared(task: Task, model: int, config: RoundConfig) -> np.ndarray:
    """What the space is made of, of all images (N, D): latents of the model, or directions of the
    encoder's features.

    Raises NeedsEncoderError for features where there is no encoder.
    """
    if config.embed.of == "latent":
        return latents_of(task, model)
    return directions_of(task, config)


def neighbours_of(
    task: Task, model: int, config: RoundConfig, points: np.ndarray, *, count: int = KEPT
) -> Neighbours:
    """At least `count` neighbours of the training images, `points` (n, D) being what is `compared`
    of them.
    """
    path = task.folder.neighbours(model, config.embed.of)
    wanted = min(max(count, KEPT), len(points))
    if (arrays := intact_arrays(path)) is not None:
        neighbours = Neighbours(**arrays)
        if neighbours.count >= wanted and len(neighbours.indices) == len(points):
            return neighbours
    points = checked_points(points, "latents")
    neighbours = find_neighbours(points, wanted, seed=config.train.seed, report=task.report)
    write_arrays(path, {"indices": neighbours.indices, "distances": neighbours.distances})
    return neighbours


def points_of(task: Task, model: int, members: np.ndarray, config: RoundConfig) -> np.ndarray:
    """The given training images (n, M) in the space in which all of them are clustered."""
    places = np.searchsorted(task.images.train, members)
    points = space_points(task, model, config, opened=True)
    if places.max(initial=-1) >= len(points):
        points = space_points(task, model, config)
    return points[places]


def space_points(
    task: Task, model: int, config: RoundConfig, *, opened: bool = False
) -> np.ndarray:
    """The points (n, M) to cluster, kept beside the model so that clustering them anew is free.

    Of all training images; for a round that is `opened`, perhaps of those that were there then.
    """
    path = task.folder.model(model) / f"space-{fingerprint(config)}.npy"
    stored = intact_array(path)
    if stored is not None and opened:
        return stored
    space = space_of(config.embed)
    base = compared(task, model, config)[task.images.train]
    wanted = getattr(space.config, "neighbours", KEPT) if space.uses_neighbours else KEPT
    neighbours = neighbours_of(task, model, config, base, count=wanted)
    if stored is not None and len(stored) == len(base):
        return stored
    points = embed(base, space, seed=config.train.seed, report=task.report, neighbours=neighbours)
    write_array(path, points)
    return points


def fingerprint(config: RoundConfig) -> str:
    """What tells points that were made in one space from those of another."""
    if config.embed.of == "latent":  # as before there was a choice: files of older rounds stay
        settings = config.embed.model_dump_json(exclude={"of"})
    else:
        settings = config.embed.model_dump_json() + config.encode.model_dump_json()
    return hashlib.sha256(f"{settings}{config.train.seed}".encode()).hexdigest()[:12]
