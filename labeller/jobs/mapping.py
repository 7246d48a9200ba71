"""The job that draws a two-dimensional map of the training images."""

import numpy as np

from labeller.jobs.task import Task
from labeller.rounds.embed import map2d
from labeller.store.files import write_array


def make_map(task: Task) -> dict:
    """A UMAP, t-SNE or PCA map of one model's latents; a map that exists is kept."""
    model, kind = task.arguments["model"], task.arguments["map"]
    path = task.folder.map(model, kind)
    if not path.exists():
        latents = np.load(task.folder.model(model) / "latents.npy", mmap_mode="r")
        places = map2d(latents[task.images.train], kind, seed=0, report=task.report)
        write_array(path, places.astype(np.float32))
    return {"model": model, "map": kind}
