"""The job that labels new images with the trained classifier."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from labeller.data.images import ImageStore
from labeller.data.ingest import ingest
from labeller.data.report import grouped
from labeller.data.resize import with_channels
from labeller.data.sealed import file_digest
from labeller.data.squares import squares
from labeller.encoders import Encoder
from labeller.encoders.encoding import encoded
from labeller.encoders.identity import read_identity, same_encoder
from labeller.jobs.features import Pace
from labeller.jobs.kinds import PredictPayload
from labeller.jobs.task import Task
from labeller.store.files import write_file
from labeller.store.temporary import scratch_folder

if TYPE_CHECKING:
    from labeller.methods.base import Method


def predict(task: Task, payload: PredictPayload) -> dict[str, Any]:
    """Reads the images like those of the project, and writes path, label and confidence.

    Raises DataError where the encoder is no longer the one that the classifier was taught with.
    """
    classifier = task.folder.classifier(payload.model)
    method, seen_by = task.warm.method(classifier), read_identity(classifier)
    encoder = same_encoder(seen_by, task.warm.device) if seen_by else None
    tables, left_out = [], list[tuple[str, str]]()
    for source in payload.paths:
        with scratch_folder(task.folder.path / "new-images") as folder:
            place = folder / "images"
            summary = ingest(
                source,
                place,
                size=task.images.height,
                fit=task.images.fit,
                plain=True,
                report=task.report,
            )
            left_out += summary.left_out
            new = ImageStore(place)
            probabilities = _probabilities(task, method, encoder, new)
            names = list(new.names)
        root = Path(source)
        single = root.is_file() and len(names) == 1
        tables.append(
            pd.DataFrame(
                {
                    "path": [str(root if single else root / name) for name in names],
                    "label": probabilities.argmax(1),
                    "confidence": probabilities.max(1).round(6),
                }
            )
        )
    table = pd.concat(tables, ignore_index=True)
    path = task.folder.path / "predictions" / f"{task.job.id}.parquet"
    write_file(path, lambda stream: table.to_parquet(stream, index=False))
    reasons = [asdict(each) for each in grouped(left_out)]
    return {"images": len(table), "left_out": reasons, "digest": file_digest(path)}


def _probabilities(
    task: Task, method: "Method", encoder: Encoder | None, new: ImageStore
) -> np.ndarray:
    """Class probabilities (n, K) of new images, which go to the encoder where there is one."""
    from labeller.rounds.encode import classify

    device, channels = task.warm.device, task.images.channels
    if encoder is None:
        images = with_channels(np.asarray(new.images), channels)
        return classify(method, images, device=device, report=task.report)

    def read(rows: np.ndarray) -> np.ndarray:
        return with_channels(with_channels(squares(new, rows, encoder.size), channels), 3)

    parts: list[np.ndarray] = []
    pace = Pace("predict", encoder, new.count)
    for batch in encoded(encoder, read, np.arange(new.count)):
        parts.append(classify(method, batch.features, device=device))
        task.report(pace.after(len(batch.rows)))
    return np.concatenate(parts)
