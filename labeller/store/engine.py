"""Connections to the database of a workspace: how they are set up, and how transactions begin."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from labeller.store import journal, read_only

# Takes a connection and whether it will write; begins a transaction.
Begin = Callable[[sqlite3.Connection, bool], None]


class Place:
    """Where a database lies, and which file was opened there: None until it was found sound.

    `unkept`: a change was committed that neither the journal nor a backup could be given.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.opened: tuple[int, int] | None = None
        self.unkept = False

    def found(self) -> tuple[int, int] | None:
        """The file that is there now."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


def make_engine(path: Path, begin: Begin) -> Engine:
    """The engine of a database that several processes write, durably, and that `watch`es."""
    # As many connections as there are readers: whoever waits, waits for the database.
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 60}, max_overflow=-1)

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy begins transactions itself (below); the driver must not.
        connection.isolation_level = None
        connection.execute(f"PRAGMA journal_mode = {'DELETE' if is_shared() else 'WAL'}")
        # FULL: a committed answer survives a power cut too, not only a kill.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        journal.watch(connection)

    _begins_by(engine, begin)
    return engine


def reading_engine(path: Path, begin: Begin) -> Engine:
    """The engine of a database that cannot be written. Each session opens it anew: what was there
    at first may have been written elsewhere since.
    """
    engine = create_engine("sqlite://", creator=lambda: read_only.connect(path), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None

    _begins_by(engine, begin)
    return engine


def driver_of(connection: Connection) -> sqlite3.Connection:
    """SQLite's own connection below one of SQLAlchemy's."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def is_shared() -> bool:
    """WAL needs memory that all processes share: a workspace on a network drive cannot have it."""
    return os.environ.get("LABELLER_JOURNAL", "").upper() == "DELETE"


def _begins_by(engine: Engine, begin: Begin) -> None:
    """Transactions of the engine begin by that function."""

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("write", False)
        begin(driver_of(connection), write)
