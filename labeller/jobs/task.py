"""What a handler gets: the job, its project's files, a report, and the model kept warm."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select

from labeller.config import RoundConfig
from labeller.data.images import ImageStore
from labeller.errors import NotFoundError
from labeller.events import Report
from labeller.jobs.kinds import TrainPayload
from labeller.store import ProjectFolder, Store
from labeller.store.classes import MergedLabels, merged_labels
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Job, Model, Project, ProjectClass, Round
from labeller.store.statements import restore_propagations

if TYPE_CHECKING:
    from labeller.methods.base import Method

Row = TypeVar("Row", Model, Round)


class Warm:
    """The last model used, so that a split or a decoding need not load it again."""

    def __init__(self, device: str):
        self.device = device
        self._key: tuple[Path, float] | None = None
        self._method: Method | None = None

    def method(self, folder: Path) -> "Method":
        from labeller.training import load_method

        weights = folder / "weights.safetensors"
        key = (folder, weights.stat().st_mtime if weights.exists() else 0.0)
        if self._key != key or self._method is None:
            self._method, self._key = load_method(folder), key
        return self._method


@dataclass(frozen=True)
class Task:
    """One running job."""

    store: Store
    job: Job
    warm: Warm
    report: Report

    @property
    def project_id(self) -> int:
        if self.job.project_id is None:
            raise NotFoundError(f"job {self.job.id} belongs to no project")
        return self.job.project_id

    @cached_property
    def project(self) -> Project:
        with self.store.read() as session:
            row = session.get(Project, self.project_id)
        if row is None:
            raise NotFoundError("the project was deleted")
        return row

    @cached_property
    def folder(self) -> ProjectFolder:
        return self.store.project_folder(self.project_id)

    @cached_property
    def images(self) -> ImageStore:
        return ImageStore(self.folder.data)

    def config(self, payload: TrainPayload) -> RoundConfig:
        """The settings that the job was queued with, else the project's own."""
        return payload.config or RoundConfig.model_validate(self.project.config)

    def device(self, asked: str) -> str:
        """The device to use: the worker's own, unless the settings name one."""
        return self.warm.device if asked == "auto" else asked

    @cached_property
    def classes(self) -> int:
        """The number of classes when the job first started: its checkpoints are made for them."""
        if "classes" in self.job.arguments:
            stored: int = self.job.arguments["classes"]
            return stored
        with self.store.write() as session:
            query = select(func.count()).where(ProjectClass.project_id == self.project_id)
            count = max(1, session.scalar(query) or 0)
            row = session.get(Job, self.job.id)
            if row is not None:
                row.arguments = {**row.arguments, "classes": count}
        return count

    def restore_propagations(self) -> None:
        """Writes again what rounds said of the images, where a file of it is damaged or gone."""
        with self.store.read() as session:
            restore_propagations(ProjectRows(session, self.project, self.folder))

    def merged(self) -> MergedLabels:
        """Which classes count as others now."""
        with self.store.read() as session:
            return merged_labels(session, self.project_id)

    def model(self, number: int) -> Model:
        return self._numbered(Model, number)

    def round(self, number: int) -> Round:
        return self._numbered(Round, number)

    def _numbered(self, table: type[Row], number: int) -> Row:
        query = select(table).where(table.project_id == self.project_id, table.number == number)
        with self.store.read() as session:
            row = session.scalar(query)
        if row is None:
            raise NotFoundError(f"there is no {table.__name__.lower()} {number}")
        return row
