"""The SQLite database of a workspace, safe for several processes at once."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, event, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import NullPool

from labeller.errors import StateError, StorageError
from labeller.store import read_only
from labeller.store.failures import telling
from labeller.store.files import ProjectFolder
from labeller.store.migrations import MIGRATIONS
from labeller.store.schema import SCHEMA_VERSION, Table, Workspace


class Store:
    """One workspace folder: `labeller.db` and the folders of its projects."""

    def __init__(self, folder: Path):
        """Opens the workspace, and makes or migrates it when needed; `read_only` where it must.

        Raises `StateError` when the folder cannot be made or a newer version made it, and
        `StorageError`, as `read` and `write` do, where the disk or the database fails.
        """
        self.folder = Path(folder)
        self.database = self.folder / "labeller.db"
        if sqlite3.sqlite_version_info < (3, 35):  # INSERT ... RETURNING
            raise StateError(
                f"SQLite must be 3.35 or newer, this Python has {sqlite3.sqlite_version}; use a "
                "newer Python, for example the one that `uv run` brings along"
            )
        self.read_only = read_only.is_read_only(self.database)
        if not self.read_only:
            self._make_folders()
        self.engine = _reading(self.database) if self.read_only else _engine(self.database)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        if self.read_only:
            self._check()
        else:
            self._prepare()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state."""
        with telling(self.database), self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its start; commits at the end, or not at all."""
        self.refuse_read_only()
        with telling(self.database), self._sessions() as session:
            session.connection(execution_options={"write": True})
            yield session
            session.commit()

    @property
    def writable(self) -> bool:
        """Whether it can be written now; what it is opened as is `read_only`."""
        return not read_only.is_read_only(self.database)

    def refuse_read_only(self) -> None:
        """Raises StorageError where the workspace can only be read."""
        if self.read_only:
            raise StorageError(
                f"the workspace {self.folder} is read-only: what is in it can be looked at and "
                "exported; to go on with it, copy it to where you may write"
            )

    def project_folder(self, project_id: int) -> ProjectFolder:
        """The files of one project."""
        return ProjectFolder(self.folder / "projects" / str(project_id))

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def _keep_copy(self, version: int) -> None:
        """A copy of the database as the older labeller reads it, before it is converted."""
        path = self.database
        copy = path.with_name(f"{path.name}.schema-{version}")
        part = copy.with_name(f"{copy.name}.part")
        with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
        part.replace(copy)

    def _make_folders(self) -> None:
        try:
            for part in ("projects", "locks", "uploads"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StateError(
                f"the workspace {self.folder} cannot be written ({error.strerror}); "
                "choose another folder with --workspace"
            ) from error

    def _refuse_newer(self, version: int) -> None:
        if version > SCHEMA_VERSION:
            raise StateError(
                f"the workspace {self.folder} was made by a newer labeller "
                f"(schema {version}, this one has {SCHEMA_VERSION}); update labeller"
            )

    def _check(self) -> None:
        """Whether it can be read as it is."""
        with self.read() as session:
            version = session.scalar(select(Workspace.schema_version)) or 0
        self._refuse_newer(version)
        if version < SCHEMA_VERSION:
            raise StateError(
                f"the workspace {self.folder} was made by an older labeller and is read-only; copy "
                "it to where you may write, and open it there"
            )

    def _prepare(self) -> None:
        with self.write() as session:
            Table.metadata.create_all(session.connection())
            row = session.scalar(select(Workspace))
            if row is None:
                session.add(Workspace(schema_version=SCHEMA_VERSION))
                return
            self._refuse_newer(row.schema_version)
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

    event.listen(engine, "begin", _begin)
    return engine


def _reading(path: Path) -> Engine:
    """Each session opens anew: what was there at first may have been written elsewhere since."""
    engine = create_engine("sqlite://", creator=lambda: read_only.connect(path), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
