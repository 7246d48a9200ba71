"""Backups of the database: whole and checked copies, made while others work with it.

`backups/labeller-N.db` knows the first N changes. Three newest are kept, and one for each of the
last seven days on which there was one.
"""

import os
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock

from labeller.records import Backup
from labeller.store import journal
from labeller.store.temporary import temporary

NEWEST = 3
DAYS = 7
_NAME = re.compile(r"labeller-(\d+)\.db")


def backups(folder: Path) -> list[Backup]:
    """Those of a workspace, the one with the most changes first."""
    found = []
    for path in (folder / "backups").glob("labeller-*.db"):
        if match := _NAME.fullmatch(path.name):
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            found.append(Backup(path, int(match[1]), at))
    return sorted(found, key=lambda each: each.changes, reverse=True)


def back_up(folder: Path) -> Backup | None:
    """Makes one, unless the newest knows all there is; those that are no longer needed go.

    None when the database is not intact: no earlier backup is given up for it. Raises OSError and
    sqlite3.Error when it cannot be read or the copy not be written.
    """
    place = folder / "backups"
    place.mkdir(exist_ok=True)
    with FileLock(folder / "locks" / "backup"):
        return _back_up(folder, place)


def _back_up(folder: Path, place: Path) -> Backup | None:
    part = temporary(place / "labeller.db")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(folder / "labeller.db", timeout=60)) as database:
            copy_database(database, part)
        with closing(sqlite3.connect(part)) as copy:
            if not is_intact(copy):
                return None
            number = journal.number_of(copy)
        path = place / f"labeller-{number}.db"
        shutil.copymode(folder / "labeller.db", part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    journal.begin_file(folder, number)
    kept = _forget(folder)
    journal.forget(folder, min((each.changes for each in kept), default=0))
    return next((each for each in kept if each.path == path), None)


def copy_database(database: sqlite3.Connection, target: Path) -> None:
    """A whole copy in one file, as of one moment, flushed to the disk."""
    with closing(sqlite3.connect(target)) as copy:
        database.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # no second file belongs to a copy
    with target.open("rb+") as stream:
        os.fsync(stream.fileno())


def is_intact(database: sqlite3.Connection) -> bool:
    """Whether SQLite finds no fault in it, and it is that of a workspace."""
    try:
        sound = database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        return sound and database.execute("SELECT id FROM workspace").fetchone() is not None
    except sqlite3.DatabaseError:
        return False


def _forget(folder: Path) -> list[Backup]:
    """Removes the backups that are not to be kept, and returns the others."""
    found = backups(folder)
    oldest = datetime.now(UTC) - timedelta(days=DAYS)
    days: set[object] = set()
    kept = []
    for place, each in enumerate(found):
        if place < NEWEST or (each.at > oldest and each.at.date() not in days):
            kept.append(each)
            days.add(each.at.date())
        else:
            each.path.unlink(missing_ok=True)
    return kept
