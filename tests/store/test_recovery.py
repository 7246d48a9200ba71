"""A database that is lost or damaged is noticed, and comes back whole."""

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from sqlalchemy import delete, select, update

from labeller.errors import LostDatabaseError, StateError, StorageError
from labeller.store import Store, backups, journal
from labeller.store.recovery import recover
from labeller.store.schema import (
    Answer,
    Event,
    Job,
    Member,
    Project,
    ProjectClass,
    Table,
    Workspace,
)

PARTS = ("labeller.db", "labeller.db-wal", "labeller.db-shm")


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "workspace")
    yield opened
    opened.close()


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


def test_a_change_between_a_backup_and_its_file_stays_in_the_journal(store, monkeypatch):
    add(store, "one")
    begin = journal.begin_file

    def changed_before(folder, number):
        add(store, "two")
        begin(folder, number)

    monkeypatch.setattr(journal, "begin_file", changed_before)
    store.back_up()
    monkeypatch.undo()
    add(store, "three")
    expected = content(store.folder)
    lose(store)
    assert recover(store.folder).missing == []
    assert content(store.folder) == expected


def test_a_line_whose_file_was_forgotten_meanwhile_is_written_again(store, monkeypatch):
    add(store, "one")
    written = journal.os.write

    def forgotten_before(file, line):
        monkeypatch.undo()
        (store.folder / "journal/0.jsonl").unlink()
        return written(file, line)

    monkeypatch.setattr(journal.os, "write", forgotten_before)
    add(store, "two")
    assert [change.number for change in journal.changes_since(store.folder, 0)] == [2]


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


def test_what_neither_journal_nor_backup_holds_is_not_called_saved(store, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    add(store, "one")
    monkeypatch.setattr(journal, "append", full)
    monkeypatch.setattr(backups, "back_up", full)
    for number in (1, 2):  # nor is what comes after it
        with pytest.raises(StorageError, match="make room"):
            answer(store, number)
    monkeypatch.undo()
    answer(store, 3)
    expected = content(store.folder)
    lose(store)
    recover(store.folder)
    assert content(store.folder) == expected


def test_a_gap_in_the_journal_is_backed_up_at_the_next_opening(store):
    add(store, "one", "two", "three")
    path = store.folder / "journal/0.jsonl"
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join(lines[:2] + lines[3:]))  # killed before it wrote the second
    store.close()
    lose(Store(store.folder))
    recover(store.folder)
    assert names(Store(store.folder)) == ["one", "two", "three"]


def test_threads_that_back_up_at_once_leave_a_backup(store):
    add(store, "one", "two")
    threads = [threading.Thread(target=store.back_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.changes for each in backups.backups(store.folder)] == [2]
    assert [path.name for path in (store.folder / "backups").iterdir()] == ["labeller-2.db"]


def test_a_recovered_database_has_the_mode_of_the_one_before(store):
    add(store, "one")
    store.close()
    path = store.folder / "labeller.db"
    path.chmod(0o660)
    path.write_bytes(b"damaged")
    recover(store.folder)
    assert path.stat().st_mode & 0o777 == 0o660


def test_moving_the_journal_away_alone_stops_nothing(store):
    add(store, "one", "two")
    store.back_up()
    store.close()
    shutil.rmtree(store.folder / "journal")
    again = Store(store.folder)
    add(again, "three")
    lose(again)
    recover(store.folder)
    assert names(Store(store.folder)) == ["one", "two", "three"]


@pytest.mark.parametrize("tear", [b'\n0123 {"change": 2, "rows"', b"\n\xff\xfe", b"\n\n\n"])
def test_a_torn_line_harms_no_other(store, tear):
    add(store, "one")
    with (store.folder / "journal/0.jsonl").open("ab") as stream:
        stream.write(tear)
    add(store, "two")
    lose(store)
    recover(store.folder)
    assert names(Store(store.folder)) == ["one", "two"]


def test_a_damaged_line_is_missing_and_named(store):
    add(store, "one", "two", "three")
    path = store.folder / "journal/0.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"two"', b'"TWO"'))
    lose(store)
    found = recover(store.folder)
    assert found.missing[0] == "1 of 3 changes: their lines of the journal are damaged"
    assert names(Store(store.folder)) == ["one", "three"]


def test_a_full_disk_costs_no_answer(store, monkeypatch):
    """The line cannot be written: the backup that is made instead has the change."""

    def full(*_):
        raise OSError(28, "No space left on device")

    add(store, "one")
    monkeypatch.setattr(journal, "append", full)
    add(store, "two")
    monkeypatch.undo()
    add(store, "three")
    lose(store)
    recover(store.folder)
    assert names(Store(store.folder)) == ["one", "two", "three"]


def test_a_commit_without_its_line_is_backed_up_at_the_next_opening(store):
    add(store, "one", "two")
    store.close()
    path = store.folder / "journal/0.jsonl"
    path.write_bytes(path.read_bytes().rsplit(b"\n", 1)[0])  # killed in between
    lose(Store(store.folder))
    recover(store.folder)
    assert names(Store(store.folder)) == ["one", "two"]


def test_nothing_is_written_for_what_changed_nothing_or_only_a_job(store):
    with store.write() as session:
        session.add(Job(kind="train", arguments={}))
        session.flush()
        session.add(Event(job_id=1, stage="train", done=1, metrics={}))
    with store.write() as session:
        session.scalar(select(Workspace))
    assert journal.newest_change(store.folder) == 0
    with store.read() as session:
        assert session.scalar(select(Workspace.changes)) == 0


def test_a_change_that_failed_is_in_no_journal(store):
    def half():
        with store.write() as session:
            session.add(Project(name="half", source="digits", config={}, data={}))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    add(store, "whole")
    assert [change.number for change in journal.changes_since(store.folder, 0)] == [1]
    assert "half" not in (store.folder / "journal/0.jsonl").read_text()


def test_few_backups_are_kept_and_the_journal_of_the_oldest(store):
    for number in range(6):
        add(store, str(number))
        store.back_up()
    assert [each.changes for each in backups.backups(store.folder)] == [6, 5, 4]
    assert sorted(path.name for path in (store.folder / "journal").iterdir()) == [
        "4.jsonl", "5.jsonl", "6.jsonl",
    ]  # fmt: skip
    shutil.rmtree(store.folder / "backups/labeller-6.db", ignore_errors=True)
    for damaged in backups.backups(store.folder)[:2]:
        damaged.path.write_bytes(b"damaged")
    expected = content(store.folder)
    lose(store)
    assert recover(store.folder).base == "backups/labeller-4.db"
    assert content(store.folder) == expected


def test_a_damaged_database_replaces_no_backup(store):
    add(store, "one", "two")
    store.back_up()
    add(store, "three")
    store.close()
    path = store.folder / "labeller.db"
    whole = bytearray(path.read_bytes())
    whole[8192:] = b"\x99" * (len(whole) - 8192)
    path.write_bytes(whole)
    store.back_up()
    assert [each.changes for each in backups.backups(store.folder)] == [2]


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
