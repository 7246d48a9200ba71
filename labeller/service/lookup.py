"""From what a caller names to the rows it means."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.config.paths import workspace_folder
from labeller.data.images import ImageStore, open_images
from labeller.errors import NotFoundError, StateError
from labeller.jobs import queue
from labeller.records import ProjectView
from labeller.store import Store
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Job, Model, Project, Round

ProjectLike = str | int | ProjectView


def open_store(workspace: str | Path | None = None) -> Store:
    """The workspace, made when it does not exist yet; see `workspace_folder` for the default."""
    return Store(workspace_folder(workspace))


@contextmanager
def reading(store: Store, project: ProjectLike) -> Iterator[ProjectRows]:
    """The rows of a project in one consistent state."""
    with store.read() as session:
        yield rows_of(store, session, project)


@contextmanager
def writing(store: Store, project: ProjectLike) -> Iterator[ProjectRows]:
    """The same in a session that holds the write lock; commits at the end, or not at all."""
    with store.write() as session:
        yield rows_of(store, session, project)


@contextmanager
def changing(store: Store, project: ProjectLike, doing: str, *kinds: str) -> Iterator[ProjectRows]:
    """As `writing`, for what must not be done while a job of these kinds waits or runs."""
    queue.reconcile(store)
    with writing(store, project) as rows:
        refuse_while_active(rows, doing, *kinds)
        yield rows


def refuse_while_active(rows: ProjectRows, doing: str, *kinds: str) -> None:
    """Raises StateError while a job of these kinds waits, or runs in a worker that lives.

    Asked inside the transaction that writes, so that no job can be queued in between.
    """
    query = select(Job).where(
        Job.project_id == rows.id, Job.state.in_(queue.ACTIVE), Job.kind.in_(kinds)
    )
    workspace = rows.folder.path.parent.parent
    for row in rows.session.scalars(query):
        if queue.is_active(workspace, row):
            raise StateError(f"cannot {doing} while {row.kind} is {row.state}; wait, or cancel it")


def rows_of(store: Store, session: Session, project: ProjectLike) -> ProjectRows:
    """The rows of that project in a session."""
    row = find_project(session, project)
    return ProjectRows(session, row, store.project_folder(row.id))


def find_project(session: Session, project: ProjectLike) -> Project:
    """The project of that name, id or view; raises NotFoundError with the names there are."""
    if isinstance(project, str):
        row = session.scalar(select(Project).where(Project.name == project))
    else:
        row = session.get(Project, project if isinstance(project, int) else project.id)
    if row is None:
        names = list(session.scalars(select(Project.name).order_by(Project.name)))
        known = f"the projects are: {', '.join(names)}" if names else "there are no projects yet"
        name = project.name if isinstance(project, ProjectView) else project
        raise NotFoundError(f"there is no project {name!r}; {known}")
    return row


def find_round(rows: ProjectRows, number: int | None = None) -> Round:
    """The round of that number, or the newest one for None; raises when there is none."""
    for row in reversed(rows.rounds):
        if number in (None, row.number):
            return row
    name = "questions" if number is None else f"round {number}"
    raise StateError(f"the project has no {name} yet; train a method first")


def asking_round(rows: ProjectRows, to: str = "") -> Round:
    """The round that is being asked about; raises StateError when there is none."""
    if rows.open_round is None:
        raise StateError(f"there is no open round{to}; train a method first")
    return rows.open_round


def taught_model(store: Store, project: ProjectLike) -> tuple[Project, Model]:
    """The project and its newest model that answers taught; raises StateError without one."""
    with reading(store, project) as rows:
        model = rows.newest_model(taught=True)
    if model is None:
        raise StateError("there is no classifier yet; answer questions, propagate and retrain")
    return rows.project, model


def image_store(store: Store, project: Project | ProjectView) -> ImageStore:
    """A project's images; raises StateError until they are imported."""
    imported = project.count if isinstance(project, ProjectView) else project.data
    if not imported:
        raise StateError(f"the images of {project.name!r} are not imported yet")
    try:
        return open_images(store.project_folder(project.id).data)
    except NotFoundError:
        raise NotFoundError(
            f"the images of {project.name!r} are gone: was the project deleted?"
        ) from None
