"""A workspace whose database tests lose."""

import sqlite3
from contextlib import closing

from sqlalchemy import select

from labeller.store.schema import (
    Answer,
    Project,
    Table,
)

PARTS = ("labeller.db", "labeller.db-wal", "labeller.db-shm")


def add(store, *names):
    for name in names:
        with store.write() as session:
            row = Project(name=name, source="digits", config={"a": [1, None]}, data={})
            session.add(row)
            session.flush()
            place = store.project_folder(row.id).path
        place.mkdir()
        (place / "images").touch()


def answer(store, number, images=None):
    with store.write() as session:
        session.add(
            Answer(
                project_id=1, number=number, round=1, node_key="1", node="1", kind="label",
                label=0, wrong=[4], images=images, expert="anna",
            )
        )  # fmt: skip


def lose(store):
    store.close()
    for part in PARTS:
        (store.folder / part).unlink(missing_ok=True)


def content(folder):
    """Every row of every table that the journal keeps."""
    with closing(sqlite3.connect(folder / "labeller.db")) as database:
        tables = sorted(Table.metadata.tables.keys() - {"jobs", "events"})
        query = "SELECT rowid, * FROM {} ORDER BY rowid"
        return {name: database.execute(query.format(name)).fetchall() for name in tables}


def names(store):
    with store.read() as session:
        return list(session.scalars(select(Project.name).order_by(Project.id)))
