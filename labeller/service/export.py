"""What leaves the workspace: labels of all images, scores, labels of new images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from labeller.data.sealed import check_digest, damaged
from labeller.encoders.identity import check_sees_pictures, read_identity
from labeller.errors import StateError
from labeller.events import Progress, Report, silent
from labeller.exports import ExportFormat, FolderFormat, registry
from labeller.jobs import queue
from labeller.jobs.kinds import PredictPayload
from labeller.records import JobView
from labeller.service.export_folder import Labels, write_folder
from labeller.service.jobs import job
from labeller.service.lookup import ProjectLike, image_store, reading, taught_model
from labeller.service.results import confusion, per_class
from labeller.service.review import preview
from labeller.store import Store
from labeller.store.files import read_array, write_file
from labeller.store.selections import set_aside


def export_formats() -> list[type[ExportFormat]]:
    """What tables of labels can be written as: a name, title, suffix, mime type and Config each."""
    return registry.tables()


def folder_formats() -> list[type[FolderFormat]]:
    """The same for labels with their images, as a zip or a folder."""
    return registry.folders()


def labels_table(store: Store, project: ProjectLike) -> pd.DataFrame:
    """A row an image: what the answers so far say of it, and what the classifier says.

    Columns: image, path, split, label and name (propagated, -1 and empty: none), confidence (of
    the answer, or of the image's own label where it was looked at itself), weight, looked (at the
    image itself), set_aside (no label is wanted), source_answer, expert, round, cluster (path in
    the tree of splits, or where images were selected), distance (to
    the centre, in the clustering space), predicted, predicted_name, certainty.
    """
    with reading(store, project) as rows:
        names, merged, given = rows.names, rows.merged, {row.number: row for row in rows.answers}
        model, images = rows.newest_model(taught=True), image_store(store, rows.project)
        if not rows.rounds:
            raise StateError(
                "there are no labels yet; train a method and answer its questions first"
            )
        aside = set_aside(rows)
    found = preview(store, project)
    sources = [given.get(int(number)) for number in found.source]
    confidences = np.array([a.confidence if a else np.nan for a in sources])
    table = pd.DataFrame(
        {
            "image": np.arange(images.count),
            "path": list(images.names),
            "split": images.splits,
            "label": found.labels,
            "name": [names.get(int(label), "") for label in found.labels],
            "confidence": np.where(found.looked, found.weights.astype(float).round(6), confidences),
            "weight": found.weights.round(6),
            "looked": found.looked,
            "set_aside": np.isin(np.arange(images.count), aside),
            "source_answer": found.source,
            "expert": [a.expert if a else "" for a in sources],
            "round": [a.round if a else -1 for a in sources],
            "cluster": [a.node if a else "" for a in sources],
            "distance": found.distance,
        }
    )
    if model is not None:
        folder = rows.folder.model(model.number)
        predicted = merged.apply(read_array(folder / "predictions.npy"))
        table["predicted"] = predicted
        table["predicted_name"] = [names.get(int(label), "") for label in predicted]
        table["certainty"] = read_array(folder / "certainty.npy").round(6)
    table.attrs["notes"] = list(found.notes)
    return table


def with_blanks(table: pd.DataFrame) -> pd.DataFrame:
    """`labels_table` with one sign for what there is not, an empty cell, instead of -1 and ""."""
    blank = table.copy()
    for column in {"label", "source_answer", "round", "predicted"} & set(table):
        blank[column] = table[column].astype("Int64").mask(table[column] < 0)
    for column in {"name", "expert", "cluster", "predicted_name"} & set(table):
        blank[column] = table[column].mask(table[column] == "")
    return blank


def export_labels(
    store: Store,
    project: ProjectLike,
    path: str | Path,
    format: str | None = None,
    settings: Mapping[str, Any] | None = None,
    report: Report = silent,
) -> Path:
    """Writes the labels in the format of that name, else in the one of the file's ending.

    A format of tables writes `labels_table` with empty cells for what there is not. One of folders
    writes images too: a zip where `path` ends in .zip, else a new folder. `settings` of the format
    differ from its defaults. Raises ValueError for a format, an ending or a setting that does not
    exist, before anything is written, and StateError as `write_folder`; what was at `path` is then
    still there.
    """
    path = Path(path)
    writer = registry.chosen(path, format, settings)
    table = labels_table(store, project)
    for note in table.attrs["notes"]:
        report(Progress("", 0, 0, notice=note))
    try:
        if isinstance(writer, FolderFormat):
            write_folder(writer, _labels(store, project, table), path, report)
        elif isinstance(writer, ExportFormat):
            blank = with_blanks(table)
            write_file(path, lambda stream: writer.write(blank, stream))
    except OSError as error:
        raise StateError(f"cannot write {path} ({error.strerror}); choose another file") from error
    return path


def predict(store: Store, project: ProjectLike, paths: Sequence[str | Path]) -> JobView:
    """Queues the labelling of new images, files or folders, with the trained classifier.

    Raises StateError where there is none, or where it reads features that new images have not.
    """
    places = [Path(path).expanduser().absolute() for path in paths]
    if not places:
        raise ValueError("paths must name at least one image or folder, got none")
    for place in places:
        if not place.exists():
            raise StateError(f"there is no file or folder {place}")
    row, model = taught_model(store, project)
    seen_by = read_identity(store.project_folder(row.id).classifier(model.number))
    if seen_by is not None:
        check_sees_pictures(seen_by)
    payload = PredictPayload(model=model.number, paths=tuple(map(str, places)))
    with store.write() as session:
        queued = queue.enqueue(session, row.id, payload)
    return job(store, queued.id)


def predictions(store: Store, job_id: int) -> pd.DataFrame:
    """The table of a finished `predict` job: path, label, name, confidence."""
    view = job(store, job_id)
    if view.kind != "predict" or view.state != "done" or view.project is None:
        raise StateError(
            f"job {job_id} has no predictions; it is a {view.kind} that is {view.state}"
        )
    path = store.project_folder(view.project).path / "predictions" / f"{job_id}.parquet"
    result: Mapping[str, Any] = view.result
    check_digest(path, result.get("digest"))
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
    with reading(store, view.project) as rows:
        names, merged = rows.names, rows.merged
    table["label"] = merged.apply(table["label"].to_numpy())
    table.insert(2, "name", [names.get(int(label), "") for label in table["label"]])
    return table


def evaluate(store: Store, project: ProjectLike) -> dict[str, Any]:
    """Scores of the newest classifier: accuracy, scores and confusion matrix of each split."""
    row, model = taught_model(store, project)
    found: dict[str, object] = {"project": row.name, "model": model.number}
    for split in ("train", "test"):
        matrix = confusion(store, row.id, split)
        table = per_class(store, row.id, split)
        if matrix is None or table is None:
            continue
        values = matrix.to_numpy()
        found[f"{split}_accuracy"] = float(np.trace(values) / values.sum())
        found[split] = {"per_class": table.to_dict("records"), "confusion": values.tolist()}
    if len(found) == 2:
        raise StateError("the true classes of the images are not known, so nothing can be scored")
    return found


def _labels(store: Store, project: ProjectLike, table: pd.DataFrame) -> Labels:
    with reading(store, project) as rows:
        classes = {row.label: row.name for row in rows.live_classes}
        return Labels(rows.project.name, table, classes, image_store(store, rows.project))
