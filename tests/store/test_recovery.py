"""A database that is lost or damaged is noticed, and comes back whole."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import delete, select, update

from labeller.errors import LostDatabaseError, StateError
from labeller.store import Store, journal
from labeller.store.recovery import recover
from labeller.store.schema import (
    Member,
    Project,
    ProjectClass,
)
from tests.store.losing import PARTS, add, answer, content, lose, names


def test_the_journal_alone_brings_everything_back(store):
    add(store, "one", "two", "three")
    answer(store, 1, images=b"\x00\xff packed")
    with store.write() as session:  # of every kind, also past the objects
        session.add(ProjectClass(project_id=1, label=0, name='cat "[b]"\n'))
        session.execute(update(Project).where(Project.name == "two").values(name="deux"))
        session.execute(delete(Project).where(Project.name == "three"))
        session.add_all([Member(name="anna", role="owner"), Member(name="bob", role="viewer")])
    with store.write() as session:  # a table without numbers of its own
        session.execute(delete(Member).where(Member.name == "anna"))
    expected = content(store.folder)
    lose(store)
    found = recover(store.folder)
    assert (found.base, found.changes) == ("the journal alone", 6)
    assert found.missing == [
        "what the database said of projects/3: its files are there, its rows are not"
    ]
    assert content(store.folder) == expected


def test_a_backup_and_the_lines_since_are_the_database(store):
    add(store, "one", "two")
    assert store.back_up().changes == 2
    add(store, "three")
    answer(store, 1)
    expected = content(store.folder)
    lose(store)
    found = recover(store.folder)
    assert (found.base, found.changes, found.missing) == ("backups/labeller-2.db", 2, [])
    assert content(store.folder) == expected
    # And it goes on: no number is used again, and the journal follows.
    again = Store(store.folder)
    add(again, "four")
    expected = content(store.folder)
    lose(again)
    recover(store.folder)
    assert content(store.folder) == expected


@pytest.mark.parametrize("how", ["gone", "empty", "half", "noise", "another"])
def test_a_lost_database_is_not_begun_anew(store, how):
    add(store, "one", "two")
    store.back_up()
    add(store, "three")
    store.close()
    path = store.folder / "labeller.db"
    size = path.stat().st_size
    match how:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "half":
            path.write_bytes(path.read_bytes()[: size // 2])
        case "noise":
            path.write_bytes(b"no database " * 400)
        case "another":
            path.unlink()
            sqlite3.connect(path).execute("CREATE TABLE other (id)").connection.close()
    with pytest.raises(LostDatabaseError, match="labeller recover"):
        names(Store(store.folder))
    recover(store.folder)
    assert names(Store(store.folder)) == ["one", "two", "three"]


def test_what_was_in_the_way_is_kept(store):
    add(store, "one")
    store.close()
    (store.folder / "labeller.db").write_bytes(b"precious?")
    found = recover(store.folder)
    assert (found.set_aside / "labeller.db").read_bytes() == b"precious?"


def test_a_lost_log_is_noticed_and_its_commits_come_back(tmp_path):
    """Killed, so that nothing was written to the database itself; then the log is lost."""
    script = """
import os, signal, sys
from labeller.store import Store
from labeller.store.schema import Project
store = Store(sys.argv[1])
for number in range(10):
    with store.write() as session:
        session.add(Project(name=str(number), source="digits", config={}, data={}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    Store(tmp_path).close()
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    (tmp_path / "labeller.db-wal").unlink()
    (tmp_path / "labeller.db-shm").unlink()
    with pytest.raises(LostDatabaseError, match="lacks 10 of 10 changes"):
        Store(tmp_path)
    assert recover(tmp_path).base == "labeller.db"
    assert len(names(Store(tmp_path))) == 10


def test_an_older_copy_is_noticed(store):
    add(store, "one")
    store.close()
    shutil.copy(store.folder / "labeller.db", store.folder / "copy")
    again = Store(store.folder)
    add(again, "two")
    lose(again)
    (store.folder / "copy").rename(store.folder / "labeller.db")
    with pytest.raises(LostDatabaseError, match="older than its journal: it lacks 1 of 2"):
        Store(store.folder)


@pytest.mark.parametrize("lost", [PARTS, ("labeller.db",), ("labeller.db-wal",)])
def test_a_database_removed_while_it_is_open_takes_no_answer(store, lost):
    add(store, "one")
    for part in lost:
        (store.folder / part).unlink()
    with pytest.raises(LostDatabaseError, match="while it was open"):
        answer(store, 1)
    store.close()


def test_what_was_committed_to_a_removed_file_is_in_the_journal(store):
    add(store, "one")

    def removed_meanwhile():
        with store.write() as session:
            session.add(Project(name="two", source="digits", config={}, data={}))
            (store.folder / "labeller.db").unlink()

    with pytest.raises(LostDatabaseError):
        removed_meanwhile()
    lose(store)
    recover(store.folder)
    assert names(Store(store.folder)) == ["one", "two"]


def test_a_store_that_is_open_goes_on_with_the_recovered_database(store):
    add(store, "one")
    for part in PARTS:
        (store.folder / part).unlink()
    with pytest.raises(LostDatabaseError):
        names(store)
    recover(store.folder)
    assert names(store) == ["one"]
    add(store, "two")
    assert names(Store(store.folder)) == ["one", "two"]


def test_an_older_copy_is_refused_by_a_store_that_is_open_as_often_as_it_is_asked(store):
    add(store, "one")
    store.engine.dispose()  # what is in the log goes to the file
    shutil.copy(store.folder / "labeller.db", store.folder / "copy")
    add(store, "two")
    store.engine.dispose()
    (store.folder / "copy").replace(store.folder / "labeller.db")
    for _ in range(3):
        with pytest.raises(LostDatabaseError, match="older than its journal"):
            answer(store, 1)
    recover(store.folder)
    assert names(store) == ["one", "two"]


def test_a_file_that_was_replaced_while_it_was_written_takes_no_answer(store):
    """And its numbers, which are those of another file by now, are not in the journal."""
    add(store, "one", "two")

    def replaced_meanwhile():
        with store.write() as session:
            session.add(Project(name="three", source="digits", config={}, data={}))
            recover(store.folder)

    with pytest.raises(LostDatabaseError):
        replaced_meanwhile()
    assert journal.newest_change(store.folder) == 2
    assert names(store) == ["one", "two"]


def test_no_project_gets_the_folder_of_one_whose_rows_did_not_come_back(store):
    add(store, "one", "two")
    path = store.folder / "journal/0.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"two"', b'"TWO"'))
    lose(store)
    recover(store.folder)
    again = Store(store.folder)
    add(again, "three")
    with again.read() as session:
        assert session.scalar(select(Project.id).where(Project.name == "three")) == 3


def test_a_recovered_database_has_the_mode_of_the_one_before(store):
    add(store, "one")
    store.close()
    path = store.folder / "labeller.db"
    path.chmod(0o660)
    path.write_bytes(b"damaged")
    recover(store.folder)
    assert path.stat().st_mode & 0o777 == 0o660


def test_without_any_copy_nothing_is_pretended(store):
    add(store, "one")
    lose(store)
    shutil.rmtree(store.folder / "journal")
    with pytest.raises(StateError, match="no intact copy"):
        recover(store.folder)
    assert not (store.folder / "labeller.db").exists()


def test_a_backup_of_an_older_version_takes_the_lines_of_the_newer(store, monkeypatch):
    """Base of the version before: its tables are brought up to date before newer lines."""
    add(store, "one")
    store.close()
    with closing(sqlite3.connect(store.folder / "labeller.db")) as database:
        database.execute("ALTER TABLE workspace DROP COLUMN changes")
        database.execute("UPDATE workspace SET schema_version = 8")
        database.commit()
    shutil.rmtree(store.folder / "journal")
    older = Store(store.folder)  # converted: a copy of before is kept, and a backup made
    add(older, "two")
    lose(older)
    shutil.rmtree(store.folder / "backups")
    assert recover(store.folder).base == "labeller.db.schema-8"
    assert names(Store(store.folder)) == ["one", "two"]
