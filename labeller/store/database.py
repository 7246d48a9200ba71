"""The SQLite database of a workspace, safe for several processes at once."""

import copy
import logging
import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from labeller.errors import LostDatabaseError, StateError, StorageError, one_line
from labeller.records import Backup
from labeller.records.acting import Actor
from labeller.store import backups, journal, read_only, recovery
from labeller.store.engine import Place, driver_of, is_shared, make_engine, reading_engine
from labeller.store.failures import telling
from labeller.store.files import ProjectFolder
from labeller.store.kept_rows import forget
from labeller.store.migrations import migrate
from labeller.store.schema import SCHEMA_VERSION, Project, Table, Workspace
from labeller.store.waiting import PATIENCE, Turns, begin

log = logging.getLogger(__name__)


class Store:
    """One workspace folder: `labeller.db` and the folders of its projects.

    In whosever hands it is, it is equal: what was read for one person is kept for all.
    """

    actor: Actor | None = None  # None: the person at this computer, who may do all

    def __init__(self, folder: Path, patience: float = PATIENCE):
        """Opens the workspace, and makes or migrates it when needed; transactions wait `patience`
        seconds for those of other programs, `math.inf` for ever. `read_only` where it must be.

        Raises StateError when the folder cannot be made or a newer version made it, BusyError
        when it is locked for longer, LostDatabaseError when it lacks what it held, and
        StorageError, as `read` and `write` do, where the disk or the database fails.
        """
        self.folder = Path(folder)
        self.database = self.folder / "labeller.db"
        self._place = Place(self.database)
        self.patience = patience
        self.longest_wait = 0.0  # seconds for other processes; set to 0 by who is interested
        self._turns = Turns()
        if sqlite3.sqlite_version_info < (3, 35):  # INSERT ... RETURNING
            raise StateError(
                f"SQLite must be 3.35 or newer, this Python has {sqlite3.sqlite_version}; use a "
                "newer Python, for example the one that `uv run` brings along"
            )
        self.read_only = read_only.is_read_only(self.database)
        if not self.read_only:
            self._make_folders()
        make = reading_engine if self.read_only else make_engine
        self.engine = make(self.database, self._begin)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        with telling(self.database):
            self._open()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state."""
        with telling(self.database):
            self._check_in_place()
            with self._sessions() as session:
                yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its start; commits at the end, or not at all.

        What was committed stands in the journal too before this returns. Raises BusyError when
        others hold the lock for longer than `patience`.
        """
        self.refuse_read_only()
        with telling(self.database):
            self._check_in_place()
            self._keep_all()
            with self._turns.turn(self.patience), self._sessions() as session:
                opened = self._place.opened
                connection = session.connection(execution_options={"write": True})
                yield session
                session.flush()
                line = journal.take_change(driver_of(connection))
                session.commit()
        now = self._place.found()
        if line is not None and now in (opened, None):  # else numbers are those of another file
            self._write_down(line)
        if now is None or now != opened or not self._has_log():
            raise LostDatabaseError(self.folder, "was removed or replaced while it was open")

    @contextmanager
    def patient(self) -> Iterator[None]:
        """Transactions wait as long as it takes: work is not given up for a lock."""
        before, self.patience = self.patience, math.inf
        try:
            yield
        finally:
            self.patience = before

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

    def is_outdated(self) -> bool:
        """Whether a newer labeller has converted the workspace since it was opened."""
        with self.read() as session:
            return (session.scalar(select(Workspace.schema_version)) or 0) > SCHEMA_VERSION

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

    def back_up(self) -> Backup | None:
        """A backup of the database as it stands; what prevents it is logged, and harms nobody."""
        try:
            return backups.back_up(self.folder)
        except (OSError, sqlite3.Error) as error:
            log.warning("the database could not be backed up: %s", one_line(error))
            return None

    def _begin(self, connection: sqlite3.Connection, write: bool) -> None:
        waited = begin(connection, self.patience, write=write)
        self.longest_wait = max(self.longest_wait, waited)

    def _write_down(self, line: bytes) -> None:
        """Appends a change to the journal; where that fails, a backup has to hold it."""
        try:
            journal.append(self.folder, line)
        except OSError as error:
            log.warning("the journal could not be written: %s", one_line(error))
            self._place.unkept = True
            self._keep_all()

    def _keep_all(self) -> None:
        """Raises StorageError while a change stands in the database alone, and no backup can be
        made: nothing is called saved that one lost file would take along.
        """
        if not self._place.unkept:
            return
        if self.back_up() is None:
            raise StorageError(
                f"neither the journal nor a backup of {self.folder} can be written; make room on "
                "its disk, and look who may write there"
            )
        self._place.unkept = False

    def _check_in_place(self) -> None:
        """Opens the file that is there now, where it is not the one that was opened.

        Raises LostDatabaseError where there is none, or it lacks something.
        """
        now = self._place.found()
        if now is None:
            raise LostDatabaseError(self.folder, "was removed while it was open")
        if now != self._place.opened:
            self.engine.dispose()
            self._open()

    def _has_log(self) -> bool:
        """Whether the write-ahead log is in its place, where there has to be one."""
        return is_shared() or self.database.with_name(f"{self.database.name}-wal").exists()

    def _open(self) -> None:
        """Makes or converts the tables where it may; raises LostDatabaseError unless all is there
        that was.
        """
        self._place.opened = None
        recovery.check_there(self.folder)
        # Read before the database: what it knows less than the journal, it lost.
        newest = journal.newest_change(self.folder)
        try:
            changes, used = self._check_tables() if self.read_only else self._make_tables()
        except (DatabaseError, sqlite3.DatabaseError) as error:
            if isinstance(error, OperationalError | sqlite3.OperationalError):
                raise  # locked, or the disk is full
            raise LostDatabaseError(self.folder, "cannot be read: it is damaged") from error
        self.engine.dispose()  # connections watch the tables that they find
        forget(self.engine)
        if changes < newest:
            lost = newest - changes
            raise LostDatabaseError(
                self.folder, f"is older than its journal: it lacks {lost} of {newest} changes"
            )
        self._place.opened = self._place.found()
        if self.read_only:
            return
        # A kill between a commit and its line, or a workspace of before there was a journal.
        kept = next(iter(backups.backups(self.folder)), None)
        since = kept.changes if kept else 0
        gap = changes - since > journal.count_since(self.folder, since)
        if gap or (used and kept is None):
            self.back_up()

    def _make_tables(self) -> tuple[int, bool]:
        """Makes or converts the tables; returns how many changes there were, if a project too."""
        with self._turns.turn(self.patience), self._sessions() as session:
            connection = session.connection(execution_options={"write": True})
            Table.metadata.create_all(connection)
            version = session.scalar(select(Workspace.schema_version))
            if version is None:
                recovery.refuse_lost(self.folder, "has nothing in it")
                session.add(Workspace(schema_version=SCHEMA_VERSION))
            elif version != SCHEMA_VERSION:
                self._refuse_newer(version)
                self._keep_copy(version)
                migrate(connection, SCHEMA_VERSION)
            session.commit()
            changes = session.scalars(select(Workspace.changes)).one()
            return changes, session.scalar(select(Project.id).limit(1)) is not None

    def _check_tables(self) -> tuple[int, bool]:
        """The same for tables that cannot be made or converted."""
        with self._sessions() as session:
            version = session.scalar(select(Workspace.schema_version)) or 0
            self._refuse_newer(version)
            if version < SCHEMA_VERSION:
                raise StateError(
                    f"the workspace {self.folder} was made by an older labeller and is read-only; "
                    "copy it to where you may write, and open it there"
                )
            return session.scalars(select(Workspace.changes)).one(), True

    def _refuse_newer(self, version: int) -> None:
        if version > SCHEMA_VERSION:
            raise StateError(
                f"the workspace {self.folder} was made by a newer labeller "
                f"(schema {version}, this one has {SCHEMA_VERSION}); update labeller"
            )

    def _keep_copy(self, version: int) -> None:
        """A copy of the database as the older labeller reads it, before it is converted."""
        copy = self.database.with_name(f"{self.database.name}.schema-{version}")
        part = copy.with_name(f"{copy.name}.part")
        with closing(sqlite3.connect(self.database)) as old:
            backups.copy_database(old, part)
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
