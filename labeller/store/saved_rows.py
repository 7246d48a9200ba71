"""The rows of a project outside of its database: as tables of plain values, and back in again.

Values are as SQLite keeps them (times and JSON are text), bytes in base64. Rows of an older version
are put into a scratch database, which the same steps bring up to date as a workspace.
"""

import base64
import re
import zlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import JSON, Connection, create_engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from labeller.errors import DataError, one_line
from labeller.store.migrations import MIGRATIONS
from labeller.store.schema import (
    PROJECT_TABLES,
    SCHEMA_VERSION,
    Answer,
    Node,
    OfProject,
    Project,
    Round,
    Table,
)

# {table: {"columns": names, "rows": lists of values}}
Tables = Mapping[str, Mapping[str, list[Any]]]
Values = dict[str, Any]  # of one row, by column

_TABLES: tuple[type[Project] | type[OfProject], ...] = (Project, *PROJECT_TABLES)
_OWN = ("id", "project_id")  # given anew where the rows come
_ELSEWHERE = ("client", "sequence")  # the entry of a log of this workspace's browsers
_MOST_UNPACKED = 2**27  # bytes, four per image
_MOST_ROUNDS = 10_000
_NAME = re.compile(r"[a-z][a-z_]{0,40}")
# A node's key names a file: 3.1-a17.
_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,120}")


def read_tables(session: Session, project: int) -> dict[str, dict[str, list[Any]]]:
    """All rows of the project with that number, table by table, jobs left out."""
    found: dict[str, dict[str, list[Any]]] = {}
    for table in _TABLES:
        mine = "id" if table is Project else "project_id"
        query = text(f"SELECT * FROM {table.__tablename__} WHERE {mine} = :id ORDER BY id")
        rows = session.execute(query, {"id": project})
        # A result is iterated by rows, not by names: `keys()` is needed here.
        columns = [name for name in rows.keys() if name not in _OWN]  # noqa: SIM118
        found[str(table.__tablename__)] = {
            "columns": columns,
            "rows": [
                [None if name in _ELSEWHERE else _plain(row[name]) for name in columns]
                for row in rows.mappings()
            ],
        }
    return found


def typed_rows(tables: Tables, schema: int) -> dict[str, list[Values]]:
    """The rows of tables of that schema version as the present one has them, with Python's types.

    Raises DataError for what is no project.
    """
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            _fill(connection, tables)
            Table.metadata.create_all(connection)  # what came later
            for version in range(schema, SCHEMA_VERSION):
                MIGRATIONS[version](connection)
            with Session(connection) as session:
                found = {table.__tablename__: _typed(session, table) for table in _TABLES}
    except DataError:
        raise
    except Exception as error:  # whatever a database or a parser says of strange values
        raise DataError(f"its rows are not those of a project ({one_line(error)[:200]})") from error
    finally:
        engine.dispose()
    if len(found[Project.__tablename__]) != 1:
        raise DataError(f"it must hold one project, got {len(found[Project.__tablename__])}")
    return found


def add_rows(session: Session, rows: Mapping[str, list[Values]], name: str) -> Project:
    """Adds a project of that name with these rows, in the session's transaction.

    Raises DataError where they contradict each other, as two classes of one number do.
    """
    (values,) = rows[Project.__tablename__]
    project = Project(**{**values, "name": name})
    session.add(project)
    session.flush()
    for table in PROJECT_TABLES:
        of_project = [{**one, "project_id": project.id} for one in rows[table.__tablename__]]
        session.add_all(table(**one) for one in of_project)
        try:
            session.flush()  # in their order
        except IntegrityError as error:
            raise DataError(f"its rows cannot stand beside each other ({error.orig})") from error
    return project


def _plain(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _stored(value: Any) -> Any:
    return base64.b64decode(value["base64"], validate=True) if isinstance(value, dict) else value


def _fill(connection: Connection, tables: Tables) -> None:
    """Makes the tables with the columns that they had, and puts the rows in."""
    known = {table.__tablename__ for table in _TABLES}
    for name, content in tables.items():
        columns, rows = content["columns"], content["rows"]
        strange = [one for one in columns if not _NAME.fullmatch(one) or one in _OWN]
        if name not in known or strange or len(set(columns)) != len(columns):
            raise DataError(f"it has a table {name[:40]!r} that no version had")
        quoted = [f'"{one}"' for one in columns]
        connection.execute(
            text(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, project_id, {', '.join(quoted)})")
        )
        if rows:
            places = ", ".join(f":{one}" for one in columns)
            insert = f"INSERT INTO {name} (project_id, {', '.join(quoted)}) VALUES (1, {places})"
            connection.execute(
                text(insert), [dict(zip(columns, map(_stored, row), strict=True)) for row in rows]
            )


def _typed(session: Session, table: type[Project] | type[OfProject]) -> list[Values]:
    """Every row of a table, each value of the type that its column has."""
    columns = [one for one in table.__table__.columns if one.key not in _OWN]
    found = []
    for row in session.scalars(select(table).options(undefer("*")).order_by(table.id)):
        values = {one.key: getattr(row, one.key) for one in columns}
        for column in columns:
            _check(table.__tablename__, column, values[column.key])
        if table is Node and not _KEY.fullmatch(values["key"]):
            raise DataError(f"a cluster has the key {values['key'][:40]!r}, which no version made")
        if table is Round and not 1 <= values["number"] <= _MOST_ROUNDS:
            raise DataError(f"a round has the number {values['number']}, which no version gave")
        if table is Answer and values["images"] is not None:
            _check_images(values["images"])
        found.append(values)
    return found


def _check_images(packed: bytes) -> None:
    """Numbers of images are packed; a few bytes must not unpack to gigabytes."""
    unpacking = zlib.decompressobj()
    unpacking.decompress(packed, _MOST_UNPACKED)
    if not unpacking.eof:
        raise DataError("an answer is about more images than a project can have")


def _check(table: str, column: Any, value: Any) -> None:
    """SQLite keeps whatever it gets."""
    kind = (dict, list) if isinstance(column.type, JSON) else column.type.python_type
    kind = (int, float) if kind is float else kind
    if not (isinstance(value, kind) or (value is None and column.nullable)):
        shown = repr(value)[:60]
        raise DataError(f"{column.key} in its table {table} must be {column.type}, got {shown}")
