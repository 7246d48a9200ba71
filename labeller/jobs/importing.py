"""The job that brings images into a project."""

from dataclasses import asdict
from pathlib import Path

from sqlalchemy import select

from labeller.config import RoundConfig, preset, suited
from labeller.data.ingest import ingest as ingest_images
from labeller.jobs.task import Task
from labeller.store.schema import Project, ProjectClass


def ingest(task: Task) -> dict:
    """Streams the source into the project's image store; the classes found become its classes."""
    given = task.arguments
    data_dir = given.get("data_dir")
    summary = ingest_images(
        given["source"],
        task.folder.data,
        size=given.get("size"),
        data_dir=Path(data_dir) if data_dir else None,
        report=task.report,
    )
    data = asdict(summary)
    names = data.pop("classes")
    with task.store.write() as session:
        project = session.get(Project, task.project_id)
        if project is not None:
            project.data = data
            config = RoundConfig.model_validate(project.config)
            # Settings that somebody chose meanwhile are left as they are.
            if config == preset(config.preset):
                pixels = summary.height * summary.width * summary.channels
                project.config = suited(config, summary.train, pixels).model_dump(mode="json")
            query = select(ProjectClass.name).where(ProjectClass.project_id == project.id)
            known = set(session.scalars(query))
            # Targets number the source's own classes, so these come first unless the person
            # named classes before.
            for label, name in enumerate(n for n in names if n not in known):
                row = ProjectClass(project_id=project.id, label=len(known) + label, name=name)
                session.add(row)
    _remove_upload(task)
    return data


def _remove_upload(task: Task) -> None:
    """An uploaded archive has served when its images are in."""
    source = Path(task.arguments["source"])
    if source.parent == task.store.folder / "uploads":
        source.unlink(missing_ok=True)
