"""The SQLite database of a workspace, safe for several processes at once."""

import copy
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, event, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker

from labeller.errors import StateError
from labeller.records.acting import Actor
from labeller.store.files import ProjectFolder
from labeller.store.migrations import MIGRATIONS
from labeller.store.schema import SCHEMA_VERSION, Table, Workspace


class Store:
    """One workspace folder: `labeller.db` and the folders of its projects.

    In whosever hands it is, it is equal: what was read for one person is kept for all.
    """

    actor: Actor | None = None  # None: the person at this computer, who may do all

    def __init__(self, folder: Path):
        """Opens the workspace, and makes or migrates it when needed.

        Raises `StateError` when the folder cannot be written or a newer version made it.
        """
        self.folder = Path(folder)
        if sqlite3.sqlite_version_info < (3, 35):  # INSERT ... RETURNING
            raise StateError(
                f"SQLite must be 3.35 or newer, this Python has {sqlite3.sqlite_version}; use a "
                "newer Python, for example the one that `uv run` brings along"
            )
        try:
            for part in ("projects", "locks", "uploads"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(
                f"the workspace {self.folder} cannot be written ({error.strerror}); "
                "choose another folder with --workspace"
            ) from error
        self.engine = _engine(self.folder / "labeller.db")
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._prepare()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state."""
        with self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its start; commits at the end, or not at all."""
        with self._sessions() as session:
            session.connection(execution_options={"write": True})
            yield session
            session.commit()

    def project_folder(self, project_id: int) -> ProjectFolder:
        """The files of one project."""
        return ProjectFolder(self.folder / "projects" / str(project_id))

    def acting_as(self, actor: Actor) -> "Store":
        """The same workspace, in the hands of somebody else."""
        acting = copy.copy(self)
        acting.actor = actor
        return acting

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Store) and other.engine is self.engine

    def __hash__(self) -> int:
        return hash(self.engine)

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def _keep_copy(self, version: int) -> None:
        """A copy of the database as the older labeller reads it, before it is converted."""
        path = self.folder / "labeller.db"
        copy = path.with_name(f"{path.name}.schema-{version}")
        part = copy.with_name(f"{copy.name}.part")
        with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
        part.replace(copy)

    def _prepare(self) -> None:
        with self.write() as session:
            Table.metadata.create_all(session.connection())
            row = session.scalar(select(Workspace))
            if row is None:
                session.add(Workspace(schema_version=SCHEMA_VERSION))
                return
            if row.schema_version > SCHEMA_VERSION:
                raise StateError(
                    f"the workspace {self.folder} was made by a newer labeller "
                    f"(schema {row.schema_version}, this one has {SCHEMA_VERSION}); update labeller"
                )
            if row.schema_version < SCHEMA_VERSION:
                self._keep_copy(row.schema_version)
            for version in range(row.schema_version, SCHEMA_VERSION):
                MIGRATIONS[version](session.connection())
            row.schema_version = SCHEMA_VERSION


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy begins transactions itself (below); the driver must not.
        connection.isolation_level = None
        # WAL needs memory that all processes share: a workspace on a network drive cannot have it.
        shared = os.environ.get("LABELLER_JOURNAL", "").upper() == "DELETE"
        connection.execute(f"PRAGMA journal_mode = {'DELETE' if shared else 'WAL'}")
        # FULL: a committed answer survives a power cut too, not only a kill.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
