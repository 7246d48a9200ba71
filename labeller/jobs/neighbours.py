"""The nearest neighbours of a model's latents: found once, kept beside the model."""

import numpy as np

from labeller.jobs.task import Task
from labeller.rounds.graph import KEPT, Neighbours, find_neighbours
from labeller.rounds.spaces.embed import checked_points
from labeller.store.files import read_arrays, write_arrays


def model_neighbours(
    task: Task, model: int, latents: np.ndarray, *, count: int = KEPT, seed: int = 0
) -> Neighbours:
    """At least `count` neighbours of the training images' latents (n, D), read or found."""
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
