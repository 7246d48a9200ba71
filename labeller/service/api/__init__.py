"""The Python API: what `import labeller` offers, over the same service as pages and commands."""

from collections.abc import Sequence
from pathlib import Path

from labeller import service
from labeller.config.paths import data_folder, workspace_folder
from labeller.data import Fit
from labeller.errors import LabellerError, NotFoundError, StateError
from labeller.events import Report, silent
from labeller.records import ProjectView
from labeller.service.api.classifier import load_classifier
from labeller.service.api.project import Project
from labeller.service.api.question import Question
from labeller.service.api.waiting import follow
from labeller.store import Store

__all__ = [
    "Project",
    "Question",
    "create",
    "load",
    "load_classifier",
    "open",
    "projects",
    "sources",
]


def create(
    name: str,
    source: str | Path,
    *,
    workspace: str | Path | None = None,
    size: int | None = None,
    fit: Fit = "letterbox",
    preset: str = "recommended",
    classes: Sequence[str] = (),
    encoder: str = "auto",
    data_dir: str | Path | None = None,
    progress: Report | None = None,
) -> Project:
    """Makes a project and waits until its images are imported.

    `source` is one of `sources()`, or the path of a folder, zip or .npz; `workspace` the folder of
    all projects (None: $LABELLER_WORKSPACE, else the user's data folder); `size` the side of the
    images in pixels (None: theirs); `fit` letterbox to keep images that are not square whole, crop
    to keep their middle; `preset` recommended, manifold or paper; `classes` the names to answer
    with, before those that the source brings; `encoder` what sees the pictures: none, lite0,
    timm:MODEL or file:FEATURES (auto: none or lite0, chosen from the images, and
    `status.encoder_choice` says why); `data_dir` where named sources lie or are downloaded to
    (None: $LABELLER_DATA, else the user's cache).

    Raises ValueError for a setting out of range, StateError when the name is taken, NotFoundError
    when there is no such source, LabellerError when the import fails: then no project is left.
    """
    store = service.open_store(workspace)
    try:
        _refuse_taken(store, name.strip())
        view = service.create_project(
            store,
            name,
            str(source),
            size=size,
            fit=fit,
            preset=preset,
            classes=classes,
            encoder=encoder,
            data_dir=data_folder(data_dir),  # whole: a worker may run with another environment
        )
        _wait_for_images(store, view, progress)
    except BaseException:
        store.close()
        raise
    return Project(store, view.id)


def open(name: str, *, workspace: str | Path | None = None) -> Project:
    """The project of that name; raises NotFoundError with the names there are."""
    store = _existing(workspace)
    if store is None:
        folder = workspace_folder(workspace)
        raise NotFoundError(f"there is no project {name!r}; there is no workspace in {folder} yet")
    try:
        return Project(store, service.project(store, name).id)
    except BaseException:
        store.close()
        raise


def load(
    path: str | Path,
    *,
    name: str | None = None,
    workspace: str | Path | None = None,
    progress: Report | None = None,
) -> Project:
    """Makes a project of a file that `Project.save` or `labeller save` wrote; all of it, or none.

    `name` is its own where None. Raises DataError (a LabellerError) for a damaged file, StateError
    where the name is taken or a newer labeller wrote the file.
    """
    store = service.open_store(workspace)
    try:
        return Project(store, service.load_project(store, path, name, progress or silent).id)
    except BaseException:
        store.close()
        raise


def projects(workspace: str | Path | None = None) -> list[str]:
    """The names of all projects of a workspace, newest first."""
    store = _existing(workspace)
    if store is None:
        return []
    try:
        return [view.name for view in service.projects(store)]
    finally:
        store.close()


def sources() -> list[str]:
    """The names of the data sets that `create` knows; those not on this computer are downloaded."""
    return [str(source["name"]) for source in service.sources()]


def _existing(workspace: str | Path | None) -> Store | None:
    """The workspace, unless there is none: looking for a project must not make a folder."""
    there = (workspace_folder(workspace) / "labeller.db").exists()
    return service.open_store(workspace) if there else None


def _refuse_taken(store: Store, name: str) -> None:
    """Raises StateError that says how to go on, as a cell of a notebook is often run twice."""
    if any(view.name == name for view in service.projects(store)):
        raise StateError(
            f"there is a project {name!r} already; go on with it by labeller.open, "
            "or choose another name"
        )


def _wait_for_images(store: Store, project: ProjectView, progress: Report | None) -> None:
    job = service.last_job(store, project, "ingest")
    try:
        if job is not None:
            follow(store, job, progress)
    except LabellerError:
        # Without images it is good for nothing, and would keep the name from the next attempt.
        service.delete_project(store, project)
        raise
