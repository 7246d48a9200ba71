"""What a database that fails says: one sentence, nothing half saved, and the rest is kept."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from labeller.errors import StateError, StorageError, one_line, writing
from labeller.store import Store
from labeller.store.schema import Project
from tests.support import closed_to_writing, without_privileges


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "workspace")
    add(opened, "first")
    yield opened
    opened.close()


def add(store, name, source="digits"):
    with store.write() as session:
        session.add(Project(name=name, source=source, config={}, data={}))


def names(store):
    with store.read() as session:
        return list(session.scalars(select(Project.name).order_by(Project.id)))


def most_pages(store, count):
    """SQLite itself says that the disk is full at so many pages."""
    with store.read() as session:
        session.execute(text(f"PRAGMA max_page_count = {count}"))


def test_a_full_disk_saves_nothing_by_half_and_goes_on_when_there_is_room(store):
    most_pages(store, 1)  # SQLite takes what there are, and no more
    with pytest.raises(StorageError, match=r"no more room \(database or disk is full\)") as told:
        add(store, "second", source="x" * 100_000)
    assert "\n" not in str(told.value)
    assert names(store) == ["first"]
    most_pages(store, 10_000)
    add(store, "second", source="x" * 100_000)
    assert names(store) == ["first", "second"]


@pytest.mark.parametrize("broken", [b"", b"not a database" * 100])
def test_a_damaged_database_is_named(store, tmp_path, broken):
    folder = tmp_path / "other"
    store.close()
    shutil.copytree(store.folder, folder)
    path = folder / "labeller.db"
    content = path.read_bytes()
    path.write_bytes(broken or content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(StorageError, match="it is damaged"):
        names(Store(folder))


def test_a_table_that_is_gone_is_named(store):
    with store.write() as session:
        session.execute(text("ALTER TABLE projects RENAME TO others"))
    with pytest.raises(StorageError, match=r"not as labeller made it \(no such table: projects\)"):
        names(store)


def test_a_broken_rule_of_the_tables_is_no_failure_of_the_disk(store):
    with pytest.raises(IntegrityError):
        add(store, "first")


READ = """
import sys
from pathlib import Path
from sqlalchemy import select
from labeller.errors import LabellerError
from labeller.store import Store
from labeller.store.schema import Project
try:
    store = Store(Path(sys.argv[1]))
    with store.read() as session:
        print(*session.scalars(select(Project.name).order_by(Project.id)))
    with store.write():
        print("written")
except LabellerError as error:
    print(type(error).__name__, error)
"""


def read_by_another(folder: Path) -> str:
    """What a process sees that may not write there."""
    command = [sys.executable, "-c", READ, str(folder)]
    with closed_to_writing(folder):
        ended = subprocess.run(
            command, capture_output=True, text=True, check=True, preexec_fn=without_privileges
        )
    return ended.stdout


def test_a_workspace_that_is_read_only_is_read_and_left_as_it_is(store):
    store.close()
    before = sorted(store.folder.rglob("*"))
    seen = read_by_another(store.folder)
    assert seen.startswith("first\nStorageError the workspace ")
    assert "is read-only: what is in it can be looked at and exported" in seen
    assert sorted(store.folder.rglob("*")) == before


def test_read_only_what_others_write_meanwhile_is_seen(store):
    """The store is open elsewhere: its changes are in the write-ahead log alone."""
    add(store, "second")
    assert (store.folder / "labeller.db-wal").stat().st_size
    assert read_by_another(store.folder).startswith("first second\n")


def test_read_only_what_a_killed_process_saved_is_seen(store, tmp_path):
    """Its log is there and the shared memory is not, and no new one can be made."""
    add(store, "second")
    folder = tmp_path / "other"
    shutil.copytree(store.folder, folder, ignore=shutil.ignore_patterns("*-shm"))
    assert read_by_another(folder).startswith("first second\n")


def test_a_workspace_of_before_that_is_read_only_says_what_to_do(store):
    with store.write() as session:
        session.execute(text("UPDATE workspace SET schema_version = 1"))
    store.close()
    assert "StateError" in (seen := read_by_another(store.folder))
    assert "made by an older labeller and is read-only" in seen


def test_a_new_workspace_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "closed").mkdir()
    with closed_to_writing(tmp_path / "closed"):
        command = [sys.executable, "-c", READ, str(tmp_path / "closed" / "workspace")]
        ended = subprocess.run(
            command, capture_output=True, text=True, check=True, preexec_fn=without_privileges
        )
    assert ended.stdout.startswith("StateError the workspace")
    assert "cannot be written (Permission denied)" in ended.stdout


def test_errors_of_the_state_are_not_changed(store):
    with pytest.raises(StateError, match="as it is"), store.read():
        raise StateError("as it is")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "x"), "is on a disk without room (No space left on device)"),
        (OSError(errno.EDQUOT, "x"), "is on a disk without room (Disk quota exceeded)"),
        (OSError(errno.EROFS, "x"), "is closed to you (Read-only file system)"),
        (PermissionError(errno.EACCES, "x"), "is closed to you (Permission denied)"),
        (OSError(errno.EIO, "x"), "does not answer (Input/output error)"),
        (OSError(errno.ESTALE, "x"), "does not answer (Stale file handle)"),
        (OSError("1000 requested and 512 written"), "is on a disk without room"),  # numpy
        (RuntimeError("I/O error: full (os error 28)"), "is on a disk without room"),  # safetensors
    ],
    ids=str,
)
def test_what_the_disk_says_is_said_of_the_file_that_was_written(tmp_path, error, said):
    with pytest.raises(StorageError) as told, writing(tmp_path / "labels.npy"):
        raise error
    assert str(told.value).startswith(f"{tmp_path / 'labels.npy'} {said}")
    assert said in one_line(error)


@pytest.mark.parametrize("error", [FileNotFoundError(errno.ENOENT, "x"), KeyError("x")], ids=str)
def test_other_errors_pass(tmp_path, error):
    with pytest.raises(type(error)), writing(tmp_path):
        raise error
