"""Projects: create, list, rename, duplicate, delete; their images."""

import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from labeller.config import PIXELS, EncodeConfig, RoundConfig, with_encoder
from labeller.config import preset as preset_named
from labeller.data import Fit, check_fit
from labeller.data.images import ImageStore
from labeller.data.report import grouped
from labeller.data.sources.registry import describe_sources, located
from labeller.encoders import encoder_of, parsed
from labeller.errors import StateError
from labeller.jobs import queue
from labeller.jobs.kinds import IngestPayload
from labeller.records import (
    ClassView,
    EncoderChoice,
    ImportReport,
    ProjectState,
    ProjectView,
    read_report,
)
from labeller.rounds.settings import checked
from labeller.service.jobs import job_view
from labeller.service.limits import check_encoder, check_room, check_source, check_upload
from labeller.service.lookup import (
    ProjectLike,
    find_project,
    image_store,
    reading,
    rows_of,
    writing,
)
from labeller.service.naming import class_names, project_name
from labeller.service.progress import labelling_of, next_step
from labeller.store import Store
from labeller.store.files import remove_tree, write_file
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import PROJECT_TABLES, Event, Job, Project, ProjectClass

AUTO = "auto"  # as an encoder: the import chooses it from the images


def sources() -> list[dict[str, Any]]:
    """The named sources: name, title, count, size, channels, whether a download is needed."""
    return describe_sources()


def create_project(
    store: Store,
    name: str,
    source: str,
    *,
    size: int | None = None,
    fit: Fit = "letterbox",
    preset: str = "recommended",
    classes: Sequence[str] = (),
    encoder: str | EncodeConfig | None = None,
    data_dir: str | Path | None = None,
) -> ProjectView:
    """Makes a project and queues the import of its images.

    `source` is a named source, or the path of a folder or archive; `fit` says whether images that
    are not square are kept whole (letterbox) or only their middle (crop); `encoder` is NAME,
    NAME:VALUE or its settings, None or `auto` to have it chosen from the images. Raises ValueError
    for a name or setting out of range, StateError when the name is taken, NotFoundError when there
    is no such source or file, DataError when the path is of no kind that can be read; on a
    published server NotAllowedError for a path outside of its folders, StateError without room.
    """
    name = project_name(name)
    if isinstance(encoder, str):
        encoder = None if encoder.strip() == AUTO else parsed(encoder)
    config = checked(with_encoder(preset_named(preset), encoder or PIXELS))
    check_encoder(store, config.encode)
    encoder_of(config.encode)  # whether its files are there
    if size is not None and not 8 <= size <= 128:
        raise ValueError(f"size must be between 8 and 128 pixels, got {size}")
    check_fit(fit)
    check_source(store, source)
    check_room(store, projects=1)
    source = located(source)
    payload = IngestPayload(
        source=source,
        size=size,
        fit=fit,
        data_dir=str(Path(data_dir).absolute()) if data_dir else None,
        choose_encoder=encoder is None,
    )
    with store.write() as session:
        refuse_taken(session, name)
        row = Project(name=name, source=source, config=config.model_dump(mode="json"), data={})
        session.add(row)
        session.flush()
        for label, text in enumerate(class_names(classes)):
            session.add(ProjectClass(project_id=row.id, label=label, name=text))
        queue.enqueue(session, row.id, payload)
    return view_of(store, row.id)


def projects(store: Store) -> list[ProjectView]:
    """All projects, newest first."""
    queue.reconcile(store)
    with store.read() as session:
        ids = list(session.scalars(select(Project.id).order_by(Project.id.desc())))
        return [project_view(rows_of(store, session, id)) for id in ids]


def view_of(store: Store, project: ProjectLike) -> ProjectView:
    """One project, with what it waits for."""
    queue.reconcile(store)
    with reading(store, project) as rows:
        return project_view(rows)


def project_view(rows: ProjectRows) -> ProjectView:
    """The record of a project, with what it waits for."""
    row, data, current = rows.project, rows.project.data, rows.open_round
    config = RoundConfig.model_validate(row.config)
    newest = rows.newest_round
    progress = labelling_of(rows, newest) if newest else None
    jobs = [job_view(job) for job in rows.jobs]
    imported = next((view for view in jobs if view.kind == "ingest"), None)
    state: ProjectState
    if data:
        state = "asking" if current else "ready"
    else:
        state = "importing" if imported and imported.active else "import failed"
    sizes = ("count", "train", "test", "height", "width", "channels")
    finished = [round_.metrics for round_ in rows.rounds if round_.state == "finished"]
    return ProjectView(
        id=row.id,
        name=row.name,
        source=row.source,
        preset=config.preset,
        created_at=row.created_at,
        state=state,
        **{size: data.get(size, 0) for size in sizes},
        classes=tuple(ClassView(one.label, one.name) for one in rows.live_classes),
        has_targets=data.get("has_targets", False),
        report=_report(data),
        added=tuple(read_report(stored) for stored in data.get("added", ())),
        notes=tuple(data.get("notes", ())),
        round=current.number if current else None,
        answers=len(rows.given()),
        covered=progress.images_labelled / progress.images if progress and progress.images else 0.0,
        test_accuracy=(finished[-1] or {}).get("test_accuracy") if finished else None,
        next_step=next_step(state, jobs, progress if current else None, newest),
        encoder_choice=EncoderChoice(**data["encoder"]) if data.get("encoder") else None,
        config=config,
    )


def _report(data: Mapping[str, Any]) -> ImportReport | None:
    """The report of a project's import, of older ones what they kept of it."""
    if not data:
        return None
    if "report" in data:
        return read_report(data["report"])
    left_out = data.get("unreadable", ())
    taken = data["count"] - sum(added["taken"] for added in data.get("added", ()))
    return ImportReport(taken + len(left_out), taken, grouped(left_out), classes=None)


def rename_project(store: Store, project: ProjectLike, name: str) -> None:
    """Gives a project another name."""
    name = project_name(name)
    with writing(store, project) as rows:
        if rows.project.name != name:
            refuse_taken(rows.session, name)
            rows.project.name = name


def delete_project(store: Store, project: ProjectLike) -> None:
    """Removes a project and its files for ever; raises StateError while a job of it runs."""
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        running = select(Job.kind).where(Job.project_id == row.id, Job.state == "running")
        kind = session.scalar(running.limit(1))
        if kind is not None:
            raise StateError(f"cannot delete while {kind} is running; cancel it first")
        ids = select(Job.id).where(Job.project_id == row.id)
        session.execute(delete(Event).where(Event.job_id.in_(ids)))
        session.execute(delete(Job).where(Job.project_id == row.id))
        for table in PROJECT_TABLES:
            session.execute(delete(table).where(table.project_id == row.id))
        session.delete(row)
    remove_tree(store.project_folder(row.id).path)


def save_upload(store: Store, filename: str, stream: BinaryIO) -> Path:
    """Keeps an uploaded archive in the workspace until its images are imported.

    In a folder of its own, under the name that its person knows it by. On a published server raises
    NotAllowedError for what is no archive, and StateError where there is no room.
    """
    check_upload(store, filename)
    name = Path(re.sub(r"[^\w.() -]", "_", filename))
    folder = store.folder / "uploads" / secrets.token_hex(8)
    path = folder / f"{name.stem.strip('. ')[:80] or 'images'}{name.suffix.lower()[:16]}"
    try:
        write_file(path, lambda target: shutil.copyfileobj(stream, target, length=1 << 20))
    except BaseException:
        remove_tree(folder)
        raise
    return path


def images(store: Store, project: ProjectLike, indices: Sequence[int] | np.ndarray) -> np.ndarray:
    """The stored pixels of images by number: uint8 (n, H, W, C)."""
    pixels = images_of(store, project).images
    return np.asarray(pixels[np.asarray(indices, dtype=np.int64)])


def pictures(
    store: Store, project: ProjectLike, indices: Sequence[int] | np.ndarray, side: int
) -> np.ndarray:
    """Images by number as a person should see them, squares of one size.

    Photos: uint8 (n, s, s, 4) RGBA from their display pictures, s <= `side`, whole between
    transparent margins. Images that are stored as large as they were: uint8 (n, H, W, C), as they
    are, to be enlarged without smoothing. Raises DataError when they are damaged.
    """
    return images_of(store, project).tiles(indices, side)


def image_names(store: Store, project: ProjectLike, indices: Sequence[int]) -> list[str]:
    """Paths of images as the source named them."""
    names = images_of(store, project).names
    return [str(names[int(index)]) for index in indices]


def images_of(store: Store, project: ProjectLike) -> ImageStore:
    """The project's images; raises StateError until they are imported."""
    if isinstance(project, ProjectView) and project.count:
        return image_store(store, project)  # it has some: no need to look
    with store.read() as session:
        return image_store(store, find_project(session, project))


def refuse_taken(session: Session, name: str) -> None:
    if session.scalar(select(Project.id).where(Project.name == name)) is not None:
        raise StateError(f"there is a project {name!r} already; choose another name")
