"""Workspaces of earlier versions open with this one, and lose nothing."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect, select
from sqlalchemy.exc import IntegrityError

from labeller import service
from labeller.service.lookup import reading
from labeller.store import Store
from labeller.store.migrations import MIGRATIONS
from labeller.store.schema import SCHEMA_VERSION, Answer, Round, Table, Workspace


@pytest.fixture
def version1(tmp_path):
    """A workspace whose database the first schema made: one project, two answers, a job."""
    script = Path(__file__).with_name("version1.sql").read_text()
    with sqlite3.connect(tmp_path / "labeller.db") as connection:
        connection.executescript(script)
    connection.close()
    return tmp_path


def test_every_version_has_its_step():
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


def test_a_workspace_of_version_1_has_the_same_tables_as_a_new_one(version1, tmp_path):
    old, new = Store(version1), Store(tmp_path / "new")
    for name in Table.metadata.tables:
        columns = [
            {
                (c["name"], str(c["type"]), c["nullable"])
                for c in inspect(s.engine).get_columns(name)
            }
            for s in (old, new)
        ]
        assert columns[0] == columns[1], name
        unique = [
            {tuple(i["column_names"]) for i in inspect(s.engine).get_indexes(name) if i["unique"]}
            for s in (old, new)
        ]
        assert unique[0] == unique[1], name


def test_a_first_workspace_of_version_7_opens(tmp_path):
    Store(tmp_path).close()
    with sqlite3.connect(tmp_path / "labeller.db") as connection:
        connection.execute("ALTER TABLE answers DROP COLUMN replaces")
        connection.execute("ALTER TABLE workspace DROP COLUMN changes")
        connection.execute("UPDATE workspace SET schema_version = 7")
    connection.close()
    columns = {column["name"] for column in inspect(Store(tmp_path).engine).get_columns("answers")}
    assert {"replaces", "images", "size"} <= columns


def test_a_workspace_of_version_1_keeps_what_was_said(version1):
    store = Store(version1)
    with store.read() as session:
        assert session.scalars(select(Workspace)).one().schema_version == SCHEMA_VERSION
        assert session.scalars(select(Round)).one().merges_until == 0
    assert [(a.node, a.label, a.confidence) for a in service.answers(store, "old")] == [
        ("1", 0, 0.9),
        ("2", 1, 0.8),
    ]
    assert [c.name for c in service.project(store, "old").classes] == ["cat", "kitten", "dog"]
    service.merge_class(store, "old", 1, 0)
    assert [a.label for a in service.answers(store, "old")] == [0, 0]


def test_opening_it_twice_migrates_once(version1):
    Store(version1).close()
    assert len(service.answers(Store(version1), "old")) == 2


def test_an_answer_of_an_older_version_belongs_to_no_log_and_new_entries_are_unique(version1):
    store = Store(version1)
    row = {"project_id": 1, "round": 1, "node_key": "1", "node": "1", "kind": "skip"}
    with store.write() as session:
        assert [(a.client, a.sequence) for a in session.scalars(select(Answer))] == [
            (None, None)
        ] * 2
        session.add(Answer(number=3, expert="me", client="tab", sequence=1, **row))
    with pytest.raises(IntegrityError), store.write() as session:
        session.add(Answer(number=4, expert="me", client="tab", sequence=1, **row))


def test_of_several_people_the_newest_counts_as_it_did(version1):
    others = [
        (3, "1", "label", 1, None, "ben"),
        (4, "1", "label", 0, None, "me"),
        (5, "2", "skip", None, None, "ben"),
    ]
    with sqlite3.connect(version1 / "labeller.db") as connection:
        for number, key, kind, label, revokes, expert in others:
            row = (number, 1, number, 1, key, key, kind, label, 0.5, None, revokes, expert)
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO answers VALUES({marks}, '2026-01-03')", row)
    connection.close()
    store = Store(version1)
    with reading(store, "old") as rows:
        decisions = rows.tree(1).decisions
    assert {key: one.answer.number for key, one in decisions.items()} == {"1": 4, "2": 5}
    assert [decisions["1"].confidence, decisions["1"].disputed] == [None, False]
