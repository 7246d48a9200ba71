"""What a project gives: labels, scores, files, and labels of new images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from labeller import service
from labeller.events import Report, silent
from labeller.service.api.waiting import follow
from labeller.store import Store

Settings = Mapping[str, object]


class Outcomes:
    """The verbs of a `labeller.Project` that read what it knows, and write it to files."""

    def __init__(self, store: Store, id: int) -> None:
        self._store, self._id = store, id

    def labels(self) -> pd.DataFrame:
        """A row an image: what the answers so far say of it, and what the classifier says.

        Columns: image, path, split, label and name (-1 and empty: none), confidence, weight,
        looked (at the image itself), source_answer, expert, round, cluster, distance; after a
        retraining also predicted, predicted_name, certainty. Raises StateError before the first
        round.
        """
        return service.labels_table(self._store, self._id)

    def evaluate(self) -> dict[str, Any]:
        """Scores of the classifier: `test_accuracy`, `test` with `per_class` and `confusion`, and
        the same of the images to label as `train_accuracy` and `train`.

        Raises StateError before the first retraining, and where no true class is known.
        """
        return service.evaluate(self._store, self._id)

    def results(self) -> pd.DataFrame:
        """One row per finished round: answers, coverage, accuracies in [0, 1] (NaN: unknown)."""
        return service.results(self._store, self._id)

    def export(
        self,
        path: str | Path,
        format: str | None = None,
        *,
        settings: Settings | None = None,
        progress: Report | None = None,
    ) -> Path:
        """Writes `labels` in the format of that name (None: by the ending), with its settings.

        A format with images writes a zip, or a folder where `path` has no .zip; `progress` hears
        whether the images are copies of their originals. Raises ValueError for a format, an ending
        or a setting that does not exist, StateError where there is nothing to write.
        """
        report = progress or silent
        return service.export_labels(self._store, self._id, path, format, settings, report)

    def export_classifier(self, path: str | Path, *, progress: Report | None = None) -> Path:
        """Writes the trained classifier: a zip where `path` ends in .zip, else a folder.

        For `labeller.load_classifier`, and as ONNX and torch.export for programs without labeller.
        """
        job = service.prepare_classifier(self._store, self._id)
        if job is not None:
            follow(self._store, job, progress)
        return service.export_classifier(self._store, self._id, path)

    def predict(
        self, paths: str | Path | Sequence[str | Path], *, progress: Report | None = None
    ) -> pd.DataFrame:
        """Labels new images, files or folders: a table of path, label, name, confidence."""
        places = [paths] if isinstance(paths, str | Path) else list(paths)
        job = service.predict(self._store, self._id, places)
        return service.predictions(self._store, follow(self._store, job, progress).id)

    def report(self, path: str | Path) -> Path:
        """Writes one HTML page to send to somebody: data, classes, quality, rounds, settings."""
        return service.write_report(self._store, self._id, path)

    def save(self, path: str | Path, *, progress: Report | None = None) -> Path:
        """Writes the whole project to one file, which `labeller.load` opens here or elsewhere.

        Images, networks, rounds and answers, not the jobs. Raises StateError while one runs.
        """
        return service.save_project(self._store, self._id, path, progress or silent)
