"""The job that draws a two-dimensional map of the training images."""

import numpy as np

from labeller.jobs.model_files import latents_of, neighbours_of
from labeller.jobs.task import Task
from labeller.rounds.spaces import map2d, map_spaces
from labeller.store.files import write_array


def make_map(task: Task) -> dict:
    """A map of one model's latents, by one of `map_spaces`; a map that exists is kept."""
    model, kind = task.arguments["model"], task.arguments["map"]
    path = task.folder.map(model, kind)
    if not path.exists():
        shown = latents_of(task, model)[task.images.train]
        wanted = map_spaces().get(kind)
        known = neighbours_of(task, model, shown) if wanted and wanted.uses_neighbours else None
        places = map2d(shown, kind, seed=0, report=task.report, neighbours=known)
        write_array(path, places.astype(np.float32))
    return {"model": model, "map": kind}
