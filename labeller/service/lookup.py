"""From what a caller names to the rows it means."""

from functools import lru_cache
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labeller.config.paths import workspace_folder
from labeller.data.images import ImageStore
from labeller.errors import NotFoundError, StateError
from labeller.records import ProjectView
from labeller.store import Store
from labeller.store.classes import merged_labels, standing_merges
from labeller.store.schema import Model, Project, ProjectClass, Round

ProjectLike = str | int | ProjectView


def open_store(workspace: str | Path | None = None) -> Store:
    """The workspace, made when it does not exist yet; see `workspace_folder` for the default."""
    return Store(workspace_folder(workspace))


def find_project(session: Session, project: ProjectLike) -> Project:
    """The project of that name, id or view; raises NotFoundError with the names there are."""
    if isinstance(project, ProjectView):
        row = session.get(Project, project.id)
    elif isinstance(project, int):
        row = session.get(Project, project)
    else:
        row = session.scalar(select(Project).where(Project.name == project))
    if row is None:
        names = list(session.scalars(select(Project.name).order_by(Project.name)))
        known = f"the projects are: {', '.join(names)}" if names else "there are no projects yet"
        name = project.name if isinstance(project, ProjectView) else project
        raise NotFoundError(f"there is no project {name!r}; {known}")
    return row


def classes_of(session: Session, project_id: int) -> list[ProjectClass]:
    """A project's classes by label, merged ones too."""
    query = select(ProjectClass).where(ProjectClass.project_id == project_id)
    return list(session.scalars(query.order_by(ProjectClass.label)))


def live_classes(session: Session, project_id: int) -> list[ProjectClass]:
    """The classes that can be answered with, by label: those merged into another are left out."""
    gone = standing_merges(session, project_id)
    return [row for row in classes_of(session, project_id) if row.label not in gone]


def class_names(session: Session, project_id: int) -> dict[int, str]:
    """The name of each class number, a merged class by the name of the one it counts as."""
    own = {row.label: row.name for row in classes_of(session, project_id)}
    merged = merged_labels(session, project_id)
    return {label: own[merged.of(label)] for label in own}


def open_round(session: Session, project_id: int) -> Round | None:
    """The round that is being asked about: the newest, unless it is finished."""
    row = newest_round(session, project_id)
    return row if row is not None and row.state == "asking" else None


def newest_round(session: Session, project_id: int) -> Round | None:
    """The round opened last."""
    query = select(Round).where(Round.project_id == project_id).order_by(Round.number.desc())
    return session.scalar(query.limit(1))


def find_round(session: Session, project_id: int, number: int | None) -> Round:
    """The round of that number, or the newest one for None; raises when there is none."""
    if number is None:
        row = newest_round(session, project_id)
    else:
        query = select(Round).where(Round.project_id == project_id, Round.number == number)
        row = session.scalar(query)
    if row is None:
        name = "questions" if number is None else f"round {number}"
        raise StateError(f"the project has no {name} yet; train a method first")
    return row


def newest_model(session: Session, project_id: int, *, taught: bool = False) -> Model | None:
    """The newest finished model; with `taught`, the newest that was trained with answers."""
    query = select(Model).where(Model.project_id == project_id, Model.finished)
    if taught:
        query = query.where(Model.taught_by.is_not(None))
    return session.scalar(query.order_by(Model.number.desc()).limit(1))


def next_model(session: Session, project_id: int) -> int:
    """The number of a project's next model."""
    query = select(func.max(Model.number)).where(Model.project_id == project_id)
    return (session.scalar(query) or 0) + 1


def image_store(store: Store, row: Project) -> ImageStore:
    """A project's images; raises StateError until they are imported."""
    if not row.data:
        raise StateError(f"the images of {row.name!r} are not imported yet")
    folder = store.project_folder(row.id).data
    return _open_images(folder, (folder / "meta.json").stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _open_images(folder: Path, _changed: int) -> ImageStore:
    return ImageStore(folder)
