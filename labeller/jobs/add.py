"""The job that adds images to a project: behind those that are there, whose numbers stay.

All is prepared beside the project and then moved into place, so that a job that is stopped changes
nothing, or goes on with the moving. What earlier rounds and models keep is left as it is: who reads
it fills it up (`store.files.read_labels`). Only the models that are in use see the new images.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeller.config import EncodeConfig, RoundConfig
from labeller.data import Fit
from labeller.data.grown import new_rows, pixels_of, write_grown
from labeller.data.images import ImageStore
from labeller.data.ingest import ingest as ingest_images
from labeller.data.report import Tally, grouped
from labeller.data.squares import squares
from labeller.encoders import encoder_of
from labeller.encoders.encoding import encoded
from labeller.errors import DataError
from labeller.evaluation.targets import has_targets, join_targets
from labeller.events import Progress
from labeller.jobs.features import STAGE, Pace
from labeller.jobs.ingest import add_classes, remove_upload
from labeller.jobs.kinds import AddPayload
from labeller.jobs.task import Task
from labeller.jobs.teach_student import BELIEF
from labeller.records import ImportReport
from labeller.store.features import FeatureFile
from labeller.store.files import read_array, read_json, remove_tree, write_array, write_json
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Project

if TYPE_CHECKING:
    from labeller.methods.base import Method

KNOWN = "in the project already"
_PREPARED = "prepared.json"


def add(task: Task, payload: AddPayload) -> dict[str, Any]:
    """Imports a source as the project's own images were, and takes those that are new."""
    place = task.folder.path / "adding"
    if (place / _PREPARED).exists():  # of a job that was killed while it moved things in
        prepared = read_json(place / _PREPARED)
        said = _move_in(task, place, prepared)
        if prepared["job"] == task.job.id:
            return said
        del task.images  # others since
    remove_tree(place)
    place.mkdir(parents=True)
    try:
        prepared = _prepare(task, payload, place)
    except BaseException:
        remove_tree(place)
        raise
    write_json(place / _PREPARED, prepared)
    said = _move_in(task, place, prepared)
    remove_upload(task, Path(payload.source))
    return said


def _prepare(task: Task, payload: AddPayload, place: Path) -> dict[str, Any]:
    """Writes all that will change into `place`/next; returns what is to be said of it."""
    images = task.images
    summary = ingest_images(
        payload.source,
        place / "images",
        size=images.height,
        fit=images.fit,
        data_dir=Path(payload.data_dir) if payload.data_dir else None,
        least=1,
        report=task.report,
    )
    added = ImageStore(place / "images")
    task.report(Progress("inspect", 0, added.count, "Looking for images that are there already"))
    rows = new_rows(images, added)
    known = [(added.names[row], KNOWN) for row in np.setdiff1d(np.arange(added.count), rows)]
    report = _report(summary.report, added.shapes[rows], images.fit, known)
    if len(rows):
        write_grown(images, added, rows, place / "next" / "data")
        _extend(task, _NewImages(task, added, rows, place / "next"))
    return {
        "job": task.job.id,
        "rows": rows.tolist(),
        "classes": summary.classes,
        "report": asdict(report),
    }


def _report(
    imported: ImportReport, shapes: np.ndarray, fit: Fit, known: list[tuple[str, str]]
) -> ImportReport:
    """The report of an import less what is `known`; shapes (n, 3) of what is taken."""
    tally = Tally(fit, [])
    tally.measure(shapes)
    measured = tally.report(imported.classes or ())
    return replace(
        measured,
        found=imported.found,
        left_out=(*imported.left_out, *grouped(known)),
        flattened=imported.flattened,
    )


def _move_in(task: Task, place: Path, prepared: Mapping[str, Any]) -> dict[str, Any]:
    """Moves what was prepared to where it belongs; again from wherever it was stopped."""
    following, rows = place / "next", np.array(prepared["rows"], np.int64)
    if (following / "data").exists():
        with task.store.write() as session:
            numbers = add_classes(session, task.project_id, prepared["classes"])
        if task.folder.data.exists():  # else it is moved away, and the targets are written
            join_targets(task.folder.data, place / "images", rows, numbers, following / "data")
        _forget(task)
        for file in sorted(path for path in following.rglob("*") if path.is_file()):
            inside = file.relative_to(following)
            if inside.parts[0] != "data":
                target = task.folder.path / inside
                target.parent.mkdir(parents=True, exist_ok=True)
                file.replace(target)
        if task.folder.data.exists():
            task.folder.data.rename(place / "before")
        (following / "data").rename(task.folder.data)
    grown = ImageStore(task.folder.data)
    with task.store.write() as session:
        project = session.get(Project, task.project_id)
        if project is not None and not (len(rows) and project.data["count"] == grown.count):
            sizes = {"count": grown.count, "train": len(grown.train), "test": len(grown.test)}
            sizes["has_targets"] = has_targets(grown.folder)
            reports = [*project.data.get("added", []), prepared["report"]]
            project.data = {**project.data, **sizes, "added": reports}
    remove_tree(place)
    return {"added": len(rows), "report": prepared["report"]}


def _forget(task: Task) -> None:
    """Maps of the models in use are drawn anew; a training that was stopped begins anew."""
    with task.store.read() as session:
        rows = ProjectRows(session, task.project, task.folder)
        unfinished = [row.number for row in rows.models if not row.finished]
    for number in unfinished:
        remove_tree(task.folder.model(number))
    for number in _in_use(task):
        for path in task.folder.model(number).glob("map-*.npy"):
            path.unlink()


def _in_use(task: Task) -> list[int]:
    """The newest model, the newest that was taught, and that of the newest round."""
    with task.store.read() as session:
        rows = ProjectRows(session, task.project, task.folder)
        newest = (rows.newest_model(), rows.newest_model(taught=True))
        numbers = {row.number for row in newest if row is not None}
        numbers |= {rows.newest_round.model} if rows.newest_round else set()
    return sorted(numbers)


class _NewImages:
    """What an encoder and methods see of the new images, and where it is written."""

    def __init__(self, task: Task, added: ImageStore, rows: np.ndarray, folder: Path) -> None:
        self._task, self._added, self.rows, self.folder = task, added, rows, folder
        self._features: dict[str, np.ndarray] = {}

    def features(self, config: EncodeConfig) -> np.ndarray:
        """Features (n, F) float16; written behind those of the project, where they are there."""
        task = self._task
        encoder = encoder_of(config, task.device("auto"))
        if encoder.digest in self._features:
            return self._features[encoder.digest]
        features, digests = encoder.ready([self._added.names[row] for row in self.rows]), None
        if features is None:
            pace = Pace(STAGE, encoder, len(self.rows))
            parts = []
            for part in encoded(encoder, self._squares(encoder.size), self.rows):
                parts.append(part)
                task.report(pace.after(len(part.rows)))
            features = np.concatenate([part.features for part in parts])
            digests = np.concatenate([part.digests for part in parts])
        file = FeatureFile(task.folder, encoder.digest)
        before = file.read(task.images.count)
        if before is not None:
            self._write(file.path, before, features)
            if digests is not None and file.pictures.exists():
                self._write(file.pictures, read_array(file.pictures, "r"), digests)
        self._features[encoder.digest] = features
        return features

    def read_by(self, method: "Method", config: RoundConfig) -> np.ndarray:
        """Pixels or features of the new images, as the method reads them."""
        if method.reads == "features":
            return self.features(config.encode)
        return pixels_of(self._task.images, self._added, self.rows)

    def behind(self, path: Path, values: np.ndarray) -> None:
        """Writes the array at `path` with `values` behind it, if it is one of all images."""
        before = read_array(path, "r")
        if len(before) != self._task.images.count:
            raise DataError(f"{path} does not fit the images; train the model again")
        self._write(path, before, values)

    def _squares(self, size: int) -> Any:
        return lambda some: squares(self._added, some, size)

    def _write(self, path: Path, before: np.ndarray, values: np.ndarray) -> None:
        target = self.folder / path.relative_to(self._task.folder.path)
        write_array(target, np.concatenate([before, values.astype(before.dtype)]))


def _extend(task: Task, new: _NewImages) -> None:
    """What the encoder and the models in use say of the new images, behind what they say of all."""
    from labeller.rounds.encode import classify, encode
    from labeller.training import load_method

    config = RoundConfig.model_validate(task.project.config)
    if encoder_of(config.encode).features:
        new.features(config.encode)
    for number in _in_use(task):
        folder = task.folder.model(number)
        config = RoundConfig.model_validate(task.model(number).config)
        method = load_method(folder)
        device = task.device(config.train.device)
        latents = encode(method, new.read_by(method, config), device=device, report=task.report)
        new.behind(folder / "latents.npy", latents)
        if not (folder / "predictions.npy").exists():
            continue
        classifier = load_method(task.folder.classifier(number))
        seen = new.read_by(classifier, config)
        said = classify(classifier, seen, device=device, report=task.report)
        new.behind(folder / "predictions.npy", said.argmax(1))
        new.behind(folder / "certainty.npy", said.max(1))
        belief = task.folder.student(number) / BELIEF
        if belief.exists():
            new.behind(belief, said)
