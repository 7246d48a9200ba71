"""The SQLite database of a workspace, safe for several processes at once."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, event, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from labeller.errors import LostDatabaseError, StateError, one_line
from labeller.records import Backup
from labeller.store import backups, journal, recovery
from labeller.store.files import ProjectFolder
from labeller.store.migrations import migrate
from labeller.store.schema import SCHEMA_VERSION, Project, Table, Workspace

log = logging.getLogger(__name__)


class Store:
    """One workspace folder: `labeller.db` and the folders of its projects."""

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
        recovery.check_there(self.folder)
        # Read before the database: what it knows less than the journal, it lost.
        newest = journal.newest_change(self.folder)
        self.engine = _engine(self.path)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._prepare(newest)

    @property
    def path(self) -> Path:
        """The file of the database."""
        return self.folder / "labeller.db"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state."""
        self._check_in_place()
        with self._sessions() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its start; commits at the end, or not at all.

        What was committed stands in the journal too before this returns.
        """
        self._check_in_place()
        with self._sessions() as session:
            connection = session.connection(execution_options={"write": True})
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            yield session
            session.flush()
            line = journal.take_change(driver)
            session.commit()
        if line is not None:
            self._write_down(line)
        self._check_in_place(committed=True)

    def project_folder(self, project_id: int) -> ProjectFolder:
        """The files of one project."""
        return ProjectFolder(self.folder / "projects" / str(project_id))

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def back_up(self) -> Backup | None:
        """A backup of the database as it stands; what prevents it is logged, and harms nobody."""
        try:
            return backups.back_up(self.folder)
        except (OSError, sqlite3.Error) as error:
            log.warning("the database could not be backed up: %s", one_line(error))
            return None

    def _write_down(self, line: bytes) -> None:
        """Appends a change to the journal; where that fails, a backup has to hold it."""
        try:
            journal.append(self.folder, line)
        except OSError as error:
            log.warning("the journal could not be written: %s", one_line(error))
            self.back_up()

    def _check_in_place(self, *, committed: bool = False) -> None:
        """Raises LostDatabaseError when the file that is open is no longer that of the workspace.

        Another one in its place is opened instead, unless something was just `committed`.
        """
        if _identity(self.path) == self._opened and (not committed or self._has_log()):
            return
        if committed or _identity(self.path) is None:
            raise LostDatabaseError(self.folder, "was removed or replaced while it was open")
        self.engine.dispose()
        newest = journal.newest_change(self.folder)
        self._prepare(newest)

    def _has_log(self) -> bool:
        """Whether the write-ahead log is in its place, where there has to be one."""
        return _shared() or self.path.with_name(f"{self.path.name}-wal").exists()

    def _prepare(self, newest: int) -> None:
        """Makes or converts the tables; `newest` is the last change that the journal knows."""
        try:
            changes, used = self._make_tables()
        except (DatabaseError, sqlite3.DatabaseError) as error:
            if isinstance(error, OperationalError | sqlite3.OperationalError):
                raise  # locked, or the disk is full
            raise LostDatabaseError(self.folder, "cannot be read: it is damaged") from error
        self.engine.dispose()  # connections watch the tables that they find
        self._opened = _identity(self.path)
        if changes < newest:
            lost = newest - changes
            raise LostDatabaseError(
                self.folder, f"is older than its journal: it lacks {lost} of {newest} changes"
            )
        # A kill between a commit and its line, or a workspace of before there was a journal.
        if changes > newest or (used and not backups.backups(self.folder)):
            self.back_up()

    def _make_tables(self) -> tuple[int, bool]:
        """Makes or converts the tables; returns how many changes there were, if a project too."""
        with self._sessions() as session:
            connection = session.connection(execution_options={"write": True})
            Table.metadata.create_all(connection)
            version = session.scalar(select(Workspace.schema_version))
            if version is None:
                recovery.refuse_lost(self.folder, "has nothing in it")
                session.add(Workspace(schema_version=SCHEMA_VERSION))
            elif version > SCHEMA_VERSION:
                raise StateError(
                    f"the workspace {self.folder} was made by a newer labeller "
                    f"(schema {version}, this one has {SCHEMA_VERSION}); update labeller"
                )
            elif version < SCHEMA_VERSION:
                self._keep_copy(version)
                migrate(connection, SCHEMA_VERSION)
            session.commit()
            changes = session.scalars(select(Workspace.changes)).one()
            return changes, session.scalar(select(Project.id).limit(1)) is not None

    def _keep_copy(self, version: int) -> None:
        """A copy of the database as the older labeller reads it, before it is converted."""
        copy = self.path.with_name(f"{self.path.name}.schema-{version}")
        part = copy.with_name(f"{copy.name}.part")
        with closing(sqlite3.connect(self.path)) as old:
            backups.copy_database(old, part)
        part.replace(copy)


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a file from another of the same name; None when there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _shared() -> bool:
    """WAL needs memory that all processes share: a workspace on a network drive cannot have it."""
    return os.environ.get("LABELLER_JOURNAL", "").upper() == "DELETE"


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy begins transactions itself (below); the driver must not.
        connection.isolation_level = None
        connection.execute(f"PRAGMA journal_mode = {'DELETE' if _shared() else 'WAL'}")
        # FULL: a committed answer survives a power cut too, not only a kill.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        journal.watch(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
