"""Images that come to a project later."""

from pathlib import Path

from labeller.data.sources.registry import located
from labeller.errors import StateError
from labeller.jobs import queue
from labeller.jobs.kinds import PROJECT_JOBS, AddPayload
from labeller.records import JobView
from labeller.service.jobs import job
from labeller.service.limits import check_room, check_source
from labeller.service.lookup import ProjectLike, changing
from labeller.store import Store


def add_images(
    store: Store, project: ProjectLike, source: str, *, data_dir: str | Path | None = None
) -> JobView:
    """Queues the import of more images, which get the next numbers; those there already are left.

    Answers, rounds, numbers and parts stay as they are; the next round asks about the new images
    too. Raises NotFoundError and DataError as `create_project`, StateError while the project has no
    images or a job of it runs.
    """
    check_source(store, source)
    check_room(store)
    payload = AddPayload(
        source=located(source), data_dir=str(Path(data_dir).absolute()) if data_dir else None
    )
    with changing(store, project, "add images", *PROJECT_JOBS) as rows:
        if not rows.project.data:
            raise StateError(f"the images of {rows.project.name!r} are not imported yet")
        queued = queue.enqueue(rows.session, rows.id, payload)
    return job(store, queued.id)
