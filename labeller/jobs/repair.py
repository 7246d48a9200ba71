"""The job that computes damaged files of a project again, as far as others say what was in them."""

import shutil
from pathlib import Path
from typing import Any

from labeller.config import RoundConfig
from labeller.data.sealed import read_record
from labeller.errors import LabellerError, one_line
from labeller.events import silent
from labeller.jobs.kinds import RepairPayload
from labeller.jobs.model_files import compared, neighbours_of
from labeller.jobs.task import Task
from labeller.jobs.taught_labels import taught_labels
from labeller.jobs.teach_student import teach_student
from labeller.jobs.train import write_latents, write_predictions
from labeller.store.files import write_json
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Model
from labeller.store.verification import METHOD, WEIGHTS, examine

CACHES = ("map-*.npy", "space-*.npy", "*-directions.npy")
CACHE_FOLDERS = ("features", "portable", "checkpoints")


def repair(task: Task, _payload: RepairPayload) -> dict[str, Any]:
    """Computes again what can be, in the order in which one follows from another; what is only kept
    to save time is removed, and made when it is needed. Returns what is still damaged, and why what
    was tried could not be.
    """
    reasons = []
    with task.store.read() as session:
        rows = ProjectRows(session, task.project, task.folder)
        damaged = _damaged(task, rows)
        models = [row for row in rows.models if row.finished]
    task.restore_propagations()
    for path in damaged:
        _remove_cache(task.folder.path, path)
    for model in models:
        own = {path for path in damaged if task.folder.model(model.number) in path.parents}
        try:
            _repair_model(task, model, own)
        except (LabellerError, OSError) as error:
            reasons.append(one_line(error))
    with task.store.read() as session:
        left = _damaged(task, ProjectRows(session, task.project, task.folder))
    names = [path.relative_to(task.store.folder).as_posix() for path in left]
    return {"repaired": len(damaged) - len(left), "left": names, "reasons": reasons}


def _damaged(task: Task, rows: ProjectRows) -> list[Path]:
    checks = examine(rows, silent)
    return [task.store.folder / check.path for check in checks if check.state == "damaged"]


def _remove_cache(root: Path, path: Path) -> None:
    """Removes a file that is made again when it is needed, and what else stands in its way."""
    inside = path.relative_to(root)
    folder = next((part for part in path.parents if part.parent.name == "portable"), None)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
    elif any(path.match(name) for name in CACHES) or set(CACHE_FOLDERS) & set(inside.parts):
        _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _repair_model(task: Task, model: Model, damaged: set[Path]) -> None:
    """Computes the files of one model again; raises LabellerError where its weights are damaged."""
    from labeller.training import load_method

    number, config = model.number, RoundConfig.model_validate(model.config)
    folder, student = task.folder.model(number), task.folder.student(number)
    for place in (folder, student):
        if place / METHOD in damaged and place / WEIGHTS not in damaged:
            _remove(place / METHOD)
            write_json(place / METHOD, read_record(place / WEIGHTS))
    if folder / "latents.npy" in damaged:
        _remove(folder / "latents.npy")
        write_latents(task, number, load_method(folder), config)
    of_student = {student / WEIGHTS, student / "belief.npy"} & damaged
    if of_student and model.taught_by is not None:
        shutil.rmtree(student, ignore_errors=True)
        labels, before = taught_labels(task, model.taught_by), task.round(model.taught_by).model
        teach_student(
            task, config, model=number, before=before, taught_by=model.taught_by, labels=labels
        )
    said = {folder / "predictions.npy", folder / "certainty.npy"}
    if model.taught_by is not None and (of_student or said & damaged):
        for path in said & damaged:
            _remove(path)
        write_predictions(task, number, config)
    for of in ("latent", "features"):
        path = task.folder.neighbours(number, of)
        if path in damaged:
            _remove(path)
            embed = config.embed.model_copy(update={"of": of})
            made = config.model_copy(update={"embed": embed})
            points = compared(task, number, made)[task.images.train]
            neighbours_of(task, number, made, points)
