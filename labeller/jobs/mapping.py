"""The job that draws a two-dimensional map of the training images."""

import numpy as np

from labeller.jobs.neighbours import model_neighbours
from labeller.jobs.task import Task
from labeller.rounds.spaces.embed import map2d
from labeller.store.files import write_array


def make_map(task: Task) -> dict:
    """A UMAP, t-SNE or PCA map of one model's latents; a map that exists is kept."""
    model, kind = task.arguments["model"], task.arguments["map"]
    path = task.folder.map(model, kind)
    if not path.exists():
        latents = np.load(task.folder.model(model) / "latents.npy", mmap_mode="r")
        shown = latents[task.images.train]
        known = model_neighbours(task, model, shown) if kind == "umap" else None
        places = map2d(shown, kind, seed=0, report=task.report, neighbours=known)
        write_array(path, places.astype(np.float32))
    return {"model": model, "map": kind}
