"""Journal and backups hold every change, whatever comes between."""

import shutil
import threading

import pytest
from sqlalchemy import select

from labeller.errors import StorageError
from labeller.store import Store, backups, journal
from labeller.store.recovery import recover
from labeller.store.schema import (
    Event,
    Job,
    Project,
    Workspace,
)
from tests.store.losing import add, answer, content, lose, names


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
