"""What the database cannot do, in one sentence for people."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from labeller.errors import StorageError

_FULL_BELOW = 1 << 16  # bytes: SQLite calls a disk that lacks room for its shared memory broken
_TO_DO = {
    sqlite3.SQLITE_BUSY: "is held by another process ({}); try again in a moment",
    sqlite3.SQLITE_LOCKED: "is held by another process ({}); try again in a moment",
    sqlite3.SQLITE_FULL: "has no more room ({}); make room on its disk",
    sqlite3.SQLITE_READONLY: "cannot be written ({}); copy the workspace to where you may write",
    sqlite3.SQLITE_PERM: "is closed to you ({}); change who may read and write it",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened ({}); look whether its disk is there and has room, "
    "and who may write in its folder",
    sqlite3.SQLITE_IOERR: "cannot be reached ({}); look whether its disk is still connected",
    sqlite3.SQLITE_CORRUPT: "is damaged ({}); stop labeller and run `labeller recover`",
    sqlite3.SQLITE_NOTADB: "is damaged ({}); stop labeller and run `labeller recover`",
    sqlite3.SQLITE_ERROR: "is not as labeller made it ({}); stop labeller and run "
    "`labeller recover`",
}


@contextmanager
def telling(database: Path) -> Iterator[None]:
    """Raises StorageError in place of what SQLite says; a broken rule of the tables passes."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        # The other kinds are our own mistakes.
        if type(cause) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
            raise
        raise StorageError(_sentence(cause, database)) from error


def _sentence(cause: BaseException | None, database: Path) -> str:
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _is_full(database.parent):
        code = sqlite3.SQLITE_FULL
    to_do = _TO_DO.get(code, "failed ({}); do it again")
    return f"the database {database} {to_do.format(cause)}"


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _FULL_BELOW
    except OSError:
        return False
