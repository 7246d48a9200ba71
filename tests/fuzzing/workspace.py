"""A workspace that cases are tried in: the trained project, and the same again after a while."""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from labeller import service
from labeller.service import Store
from labeller.store.schema import Answer, AuditLabel, Job, Project, ProjectClass

_RENEWED = 200  # cases after which answers are few again


class Workspace:
    """Hands out the project `digits`, of which `template` is a workspace."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._template, self._folder = template, folder
        self._count = itertools.count()
        self._store: Store | None = None

    def store(self) -> Store:
        """The workspace for one more case."""
        if next(self._count) % _RENEWED == 0:
            self.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            shutil.copytree(self._template, self._folder)
            self._store = service.open_store(self._folder)
            service.draw_audit(self._store, "digits", 25)
        assert self._store is not None
        return self._store

    def close(self) -> None:
        """Release the database."""
        if self._store is not None:
            self._store.close()


@contextmanager
def workspace_of(template: Path) -> Iterator[Workspace]:
    """A workspace in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        made = Workspace(template, Path(folder) / "workspace")
        try:
            yield made
        finally:
            made.close()


def rows(store: Store) -> list[int]:
    """How many rows there are of what people say and ask for."""
    with store.read() as session:
        tables = (Project, ProjectClass, Answer, AuditLabel, Job)
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
