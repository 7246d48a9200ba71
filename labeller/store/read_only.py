"""Reading a workspace in which nothing can be written: a read-only disk, or another person's."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path


def is_read_only(database: Path) -> bool:
    """Whether there is a database that can only be read; a new one can be made where none is."""
    places = (database.parent, database)
    return database.exists() and not all(os.access(place, os.W_OK) for place in places)


def connect(database: Path) -> sqlite3.Connection:
    """A connection that writes nothing, and sees all that was committed.

    Raises sqlite3.Error.
    """
    address = database.absolute().as_uri()
    try:
        return _opened(f"{address}?mode=ro")
    except sqlite3.OperationalError:
        # Nobody has it open, and the file of shared memory that WAL needs cannot be made.
        log = database.with_name(f"{database.name}-wal")
        if log.exists() and log.stat().st_size:
            return _copy(database, log)
        return _opened(f"{address}?immutable=1")


def _opened(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, check_same_thread=False)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _copy(database: Path, log: Path) -> sqlite3.Connection:
    """The database in memory, with what a killed process left in its log of changes."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    with tempfile.TemporaryDirectory(prefix="labeller-") as folder:
        for path in (database, log):
            shutil.copyfile(path, Path(folder, path.name))
        with closing(sqlite3.connect(Path(folder, database.name))) as copy:
            copy.backup(connection)
    return connection
