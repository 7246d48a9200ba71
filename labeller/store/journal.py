"""The journal: what each transaction changed, a line each, so that it outlives the database.

A line is appended and flushed after the commit and before anybody is told that something is saved.
It holds the new content of every row that changed, so that a backup and the lines since are the
database. Jobs are left out: what they left behind is in the other tables, and they can be run
again. A line that was torn, by a full disk or a kill, harms no other line: each has its digest.

`journal/N.jsonl` has the changes after the backup that knows N of them.
"""

import base64
import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from labeller.store.schema import SCHEMA_VERSION, Event, Job, Table, Workspace, now

_LEFT_OUT = {Job.__tablename__, Event.__tablename__, Workspace.__tablename__}
_TAIL = 2**16  # bytes in which the newest lines are looked for, doubled until there is one
_NUMBER = re.compile(rb'^[0-9a-f]{32} {"change":(\d+),', re.MULTILINE)
_CHUNK = 500  # rows that one query asks for


@dataclass(frozen=True)
class Change:
    """One transaction: its number, the schema it was written in, and the rows as they became.

    `rows`: per table the names of its columns and the values; `gone`: per table deleted numbers.
    """

    number: int
    schema: int
    at: datetime
    rows: dict[str, tuple[list[str], list[list[Any]]]]
    gone: dict[str, list[int]]


def journal_folder(folder: Path) -> Path:
    """Where the lines of that workspace are."""
    return folder / "journal"


def watch(connection: sqlite3.Connection) -> None:
    """From now on this connection remembers which rows it changed, however it does it.

    By triggers of its own, which nobody else sees and which no statement can go round. Outside of
    a transaction; tables that are made later are not watched.
    """
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("CREATE TEMP TABLE changed (name TEXT, row INTEGER)")
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    for name in there & Table.metadata.tables.keys() - _LEFT_OUT:
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            connection.execute(
                f"CREATE TEMP TRIGGER {name}_{event} AFTER {event} ON main.{name} "
                f"BEGIN INSERT INTO changed VALUES ('{name}', {row}.rowid); END"
            )


def number_of(connection: sqlite3.Connection) -> int:
    """How many changes the database knows."""
    return int(connection.execute("SELECT changes FROM workspace").fetchone()[0])


def take_change(connection: sqlite3.Connection) -> bytes | None:
    """Numbers what a transaction of a watched connection changed, at its end, and returns its line.

    None when it changed nothing that is kept in the journal.
    """
    changed = connection.execute("SELECT DISTINCT name, row FROM changed").fetchall()
    if not changed:
        return None
    connection.execute("DELETE FROM changed")
    connection.execute("UPDATE workspace SET changes = changes + 1")
    rows, gone = {}, {}
    for name in sorted({name for name, _ in changed}):
        wanted = sorted(row for table, row in changed if table == name)
        columns, found = _rows(connection, name, wanted)
        if found:
            rows[name] = (columns, found)
        place = columns.index("rowid")
        if missing := sorted({*wanted} - {row[place] for row in found}):
            gone[name] = missing
    content = {
        "change": number_of(connection),
        "schema": SCHEMA_VERSION,
        "at": now().isoformat(),
        "rows": rows,
        "gone": gone,
    }
    text = json.dumps(content, separators=(",", ":"), default=_plain).encode()
    # A line starts anew, whatever was left behind by one that was torn.
    return b"\n" + _digest(text) + b" " + text


def append(folder: Path, line: bytes) -> None:
    """Adds a line to the newest file and flushes it to the disk; raises OSError."""
    place = journal_folder(folder)
    place.mkdir(exist_ok=True)
    newest = max(_files(folder), default=place / "0.jsonl", key=_first)
    file = os.open(newest, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        # One call, so that the lines of several processes stand one after the other.
        if os.write(file, line) < len(line):
            raise OSError(f"the disk is full: {newest} cannot be written")
        os.fsync(file)
        forgotten = os.fstat(file).st_nlink == 0  # since it was looked for
    finally:
        os.close(file)
    if forgotten:
        append(folder, line)


def begin_file(folder: Path, number: int) -> None:
    """Later changes go to a file of their own, which belongs to the backup of that number."""
    place = journal_folder(folder)
    place.mkdir(exist_ok=True)
    (place / f"{number}.jsonl").touch()


def forget(folder: Path, until: int) -> None:
    """Removes the files that no backup needs, when the oldest one knows `until` changes."""
    files = sorted(_files(folder), key=_first)
    for file, following in pairwise(files):
        if _first(following) <= until and _newest_in(file) <= until:
            file.unlink(missing_ok=True)


def newest_change(folder: Path) -> int:
    """The number of the newest change that was written down, 0 when there is none."""
    newest = max(_files(folder), default=None, key=_first)
    return 0 if newest is None else max(_newest_in(newest), _first(newest))


def count_since(folder: Path, number: int) -> int:
    """How many changes after that number stand in the journal, whether they are intact or not."""
    numbers = {
        int(found)
        for file in _files(folder)
        for found in _NUMBER.findall(file.read_bytes())
        if int(found) > number
    }
    return len(numbers)


def changes_since(folder: Path, number: int) -> list[Change]:
    """All intact changes after that number, in their order."""
    found = {
        change.number: change
        for file in sorted(_files(folder), key=_first)
        for change in _intact(file.read_bytes().split(b"\n"))
        if change.number > number
    }
    return [found[each] for each in sorted(found)]


def stored(value: Any) -> Any:
    """A value of a line as SQLite had it."""
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def _rows(
    connection: sqlite3.Connection, name: str, wanted: list[int]
) -> tuple[list[str], list[list[Any]]]:
    """The columns of a table, and its rows of these numbers as far as they are there."""
    columns: list[str] = []
    rows: list[list[Any]] = []
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        places = ",".join("?" * len(some))
        cursor = connection.execute(
            f"SELECT rowid AS rowid, * FROM {name} WHERE rowid IN ({places})", some
        )
        columns = [column[0] for column in cursor.description]
        rows += [list(row) for row in cursor]
    return columns, rows


def _newest_in(file: Path) -> int:
    """The number of the newest intact change of a file, 0 without any."""
    tail, size = _TAIL, file.stat().st_size
    while True:
        with file.open("rb") as stream:
            stream.seek(max(size - tail, 0))
            changes = list(_intact(stream.read().split(b"\n")))
        if changes or tail >= size:
            return max((change.number for change in changes), default=0)
        tail *= 2


def _intact(lines: list[bytes]) -> Iterator[Change]:
    for line in lines:
        digest, _, text = line.partition(b" ")
        if text and digest == _digest(text):
            content = json.loads(text)
            yield Change(
                number=content["change"],
                schema=content["schema"],
                at=datetime.fromisoformat(content["at"]),
                rows=content["rows"],
                gone=content["gone"],
            )


def _plain(value: Any) -> Any:
    """Bytes as JSON can hold them."""
    return {"base64": base64.b64encode(value).decode()}


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest()[:32].encode()


def _files(folder: Path) -> list[Path]:
    return [file for file in journal_folder(folder).glob("*.jsonl") if file.stem.isdigit()]


def _first(file: Path) -> int:
    return int(file.stem)
