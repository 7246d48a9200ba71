"""The job that draws a two-dimensional map of the training images."""

import numpy as np

from labeller.config import RoundConfig
from labeller.jobs.kinds import MapPayload
from labeller.jobs.model_files import compared, neighbours_of
from labeller.jobs.task import Task
from labeller.rounds.spaces import map2d, map_spaces
from labeller.store.files import write_array


def make_map(task: Task, payload: MapPayload) -> dict:
    """A map of what a model's images are compared by, by one of `map_spaces`, unless it exists."""
    model, kind = payload.model, payload.map
    path = task.folder.map(model, kind)
    if not path.exists():
        config = RoundConfig.model_validate(task.model(model).config)
        shown = compared(task, model, config)[task.images.train]
        wanted = map_spaces().get(kind)
        uses = wanted is not None and wanted.uses_neighbours
        known = neighbours_of(task, model, config, shown) if uses else None
        places = map2d(shown, kind, seed=0, report=task.report, neighbours=known)
        write_array(path, places.astype(np.float32))
    return {"model": model, "map": kind}
