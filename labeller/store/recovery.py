"""A workspace knows what its database must contain, and gets it back from backup and journal."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import groupby
from pathlib import Path

from sqlalchemy import Connection, create_engine

from labeller.errors import LostDatabaseError, StateError
from labeller.records import Recovered
from labeller.store import journal
from labeller.store.backups import backups, copy_database, is_intact
from labeller.store.journal import Change
from labeller.store.migrations import make_tables, migrate
from labeller.store.schema import SCHEMA_VERSION, Table, now
from labeller.store.temporary import temporary

_PARTS = ("labeller.db", "labeller.db-wal", "labeller.db-shm")
_DONE = ".labeller.db.recovered"


def check_there(folder: Path) -> None:
    """Raises LostDatabaseError when the database is gone or empty, though there was something."""
    database = folder / "labeller.db"
    if not (database.is_file() and database.stat().st_size):
        refuse_lost(folder, "is gone or empty")


def refuse_lost(folder: Path, what: str) -> None:
    """Raises LostDatabaseError when the workspace held something already, which it now lacks."""
    held = []
    if projects := _projects(folder):
        held.append(f"the files of {len(projects)} project{'s' * (len(projects) > 1)}")
    if backups(folder):
        held.append("backups")
    if journal.newest_change(folder):
        held.append("a journal")
    if held:
        raise LostDatabaseError(folder, f"{what}, but there are {' and '.join(held)} beside it")


def recover(folder: Path) -> Recovered:
    """Puts the newest intact copy of the database in place, with every change that is known since.

    What was there is kept in `damaged/`. Raises StateError when no copy is intact.
    """
    new = temporary(folder / "labeller.db")
    new.unlink(missing_ok=True)
    base, number = _copy_newest(folder, new)
    changes = journal.changes_since(folder, number)
    with _writing(new) as connection:
        for schema, alike in groupby(changes, key=lambda change: change.schema):
            migrate(connection, schema)
            for change in alike:
                _apply(connection, change)
        _end(folder, connection, changes)
        missing = _missing(folder, connection, number, changes)
    _be_alike(folder, new)
    done = new.replace(folder / _DONE)
    set_aside = _set_aside(folder)
    done.replace(folder / "labeller.db")
    until = changes[-1].at if changes else None
    return Recovered(base, len(changes), until, set_aside, missing)


def _copy_newest(folder: Path, new: Path) -> tuple[str, int]:
    """Copies what knows the most changes: the database itself, if it is intact, or a backup."""
    found = [(each.changes, 0.0, each.path) for each in backups(folder)]
    # Of workspaces before there were backups: the copies made before a conversion.
    found += [(0, path.stat().st_mtime, path) for path in folder.glob("labeller.db.schema-*")]
    database = folder / "labeller.db"
    # The one that a recovery had made, and was killed before it put it in place.
    for path in (database, folder / _DONE) if not database.exists() else (database,):
        known = _changes(path)
        if known is not None:
            found.append((known, float("inf"), path))
    for number, _, path in sorted(found, reverse=True):
        try:
            with closing(sqlite3.connect(path)) as source:
                copy_database(source, new)
            with closing(sqlite3.connect(new)) as copy:
                if is_intact(copy):
                    return str(path.relative_to(folder)), number
        except sqlite3.DatabaseError:
            continue
    first = next(iter(journal.changes_since(folder, 0)), None)
    if first is None or first.number > 1:
        raise StateError(
            f"the workspace {folder} has no intact copy of its database: neither {database.name} "
            f"nor one of {len(found)} others can be read; put a copy of your own there, if there is"
        )
    new.unlink(missing_ok=True)
    with _writing(new) as connection:
        make_tables(connection)
    return "the journal alone", 0


def _changes(database: Path) -> int | None:
    """How many changes a database knows, None when it cannot be read, or there is none."""
    if not (database.is_file() and database.stat().st_size):
        return None
    try:
        with closing(sqlite3.connect(database)) as connection:
            return journal.number_of(connection)
    except sqlite3.OperationalError:
        return 0  # it counts none yet: a workspace of an earlier version
    except (sqlite3.DatabaseError, TypeError):
        return None


@contextmanager
def _writing(database: Path) -> Iterator[Connection]:
    """A transaction that no constraint disturbs until it is complete."""
    engine = create_engine(f"sqlite:///{database}")
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _apply(connection: Connection, change: Change) -> None:
    """Brings the rows to what they were after a change."""
    for name, numbers in change.gone.items():
        statement = f"DELETE FROM {_table(name)} WHERE rowid = ?"
        connection.exec_driver_sql(statement, [(number,) for number in numbers])
    for name, (columns, rows) in change.rows.items():
        names = ", ".join(f'"{column}"' for column in columns)
        places = ", ".join("?" * len(columns))
        values = [tuple(map(journal.stored, row)) for row in rows]
        statement = f"INSERT OR REPLACE INTO {_table(name)} ({names}) VALUES ({places})"
        connection.exec_driver_sql(statement, values)


def _table(name: str) -> str:
    if name not in Table.metadata.tables:
        raise StateError(f"the journal knows a table {name[:40]!r}: a newer labeller wrote it")
    return name


def _end(folder: Path, connection: Connection, changes: list[Change]) -> None:
    """What jobs knew of projects that are gone goes too; the number of changes is the newest."""
    migrate(connection, SCHEMA_VERSION)
    run = connection.exec_driver_sql
    run("DELETE FROM jobs WHERE project_id NOT IN (SELECT id FROM projects)")
    run("DELETE FROM events WHERE job_id NOT IN (SELECT id FROM jobs)")
    if changes:
        run("UPDATE workspace SET changes = ?", (changes[-1].number,))
    # No new project gets the number, and so the folder, of one whose rows did not come back.
    newest = max(map(int, _projects(folder)), default=0)
    run("DELETE FROM sqlite_sequence WHERE name = 'projects' AND seq < ?", (newest,))
    run(
        "INSERT INTO sqlite_sequence (name, seq) SELECT 'projects', ? WHERE NOT EXISTS "
        "(SELECT 1 FROM sqlite_sequence WHERE name = 'projects')",
        (newest,),
    )


def _missing(folder: Path, connection: Connection, number: int, changes: list[Change]) -> list[str]:
    """In words, what did not come back."""
    found = []
    last = changes[-1].number if changes else number
    if gaps := last - number - len(changes):
        found.append(f"{gaps} of {last - number} changes: their lines of the journal are damaged")
    known = {str(row[0]) for row in connection.exec_driver_sql("SELECT id FROM projects")}
    found += [
        f"what the database said of projects/{name}: its files are there, its rows are not"
        for name in sorted(_projects(folder) - known)
    ]
    return found


def _be_alike(folder: Path, new: Path) -> None:
    """Those who could open the old database can open the new one."""
    old = folder / "labeller.db"
    like = (old if old.is_file() else folder).stat()
    new.chmod(like.st_mode & 0o666)
    with suppress(OSError, AttributeError):  # another's, and not ours to give
        os.chown(new, like.st_uid, like.st_gid)


def _set_aside(folder: Path) -> Path | None:
    """Moves what is there away: its write-ahead log must not lie beside another database."""
    there = [folder / part for part in _PARTS if (folder / part).exists()]
    if not there:
        return None
    place = folder / "damaged" / f"{now():%Y-%m-%d-%H%M%S}"
    place.mkdir(parents=True, exist_ok=True)
    for part in there:
        part.rename(place / part.name)
    return place


def _projects(folder: Path) -> set[str]:
    """Numbers of projects that have files."""
    found = (folder / "projects").glob("[0-9]*")
    return {path.name for path in found if path.name.isdigit() and any(path.iterdir())}
