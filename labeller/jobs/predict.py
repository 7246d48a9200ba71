"""The job that labels new images with the trained classifier."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.jobs.task import Task
from labeller.store.files import write_file


def predict(task: Task) -> dict:
    """Reads the images like those of the project, and writes path, label and confidence."""
    from labeller.rounds.encode import classify

    method = task.warm.method(task.folder.classifier(task.arguments["model"]))
    tables, unreadable = [], []
    for source in task.arguments["paths"]:
        with tempfile.TemporaryDirectory(dir=task.folder.path) as folder:
            place = Path(folder) / "images"
            summary = ingest(
                source,
                place,
                size=task.images.height,
                fit=task.images.fit,
                plain=True,
                report=task.report,
            )
            unreadable += summary.unreadable
            new = ImageStore(place)
            images = _with_channels(np.asarray(new.images), task.images.channels)
            chances = classify(method, images, device=task.warm.device, report=task.report)
            names = list(new.names)
        root = Path(source)
        single = root.is_file() and len(names) == 1
        tables.append(
            pd.DataFrame(
                {
                    "path": [str(root if single else root / name) for name in names],
                    "label": chances.argmax(1),
                    "confidence": chances.max(1).round(6),
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    path = task.folder.path / "predictions" / f"{task.job.id}.parquet"
    write_file(path, lambda stream: table.to_parquet(stream, index=False))
    return {"images": len(table), "unreadable": [list(pair) for pair in unreadable]}


def _with_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """Grey images as colour, or colour as grey, to suit the trained network."""
    if images.shape[-1] == channels:
        return images
    if channels == 3:
        return np.repeat(images, 3, axis=-1)
    return (images @ np.array([0.299, 0.587, 0.114]))[..., None].round().astype(np.uint8)
