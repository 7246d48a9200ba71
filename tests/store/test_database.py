"""The database of a workspace: transactions, durability settings, versions, atomic files."""

import sqlite3
import subprocess
import sys
import threading

import numpy as np
import pytest
from sqlalchemy import func, select, text

from labeller.errors import StateError
from labeller.store import Store
from labeller.store.files import read_arrays, write_array, write_arrays, write_file
from labeller.store.schema import SCHEMA_VERSION, Project, Workspace


def add(store, name):
    with store.write() as session:
        session.add(Project(name=name, source="digits", config={}, data={}))


def test_a_failed_write_leaves_nothing(store):
    def half():
        with store.write() as session:
            session.add(Project(name="half", source="digits", config={}, data={}))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 0


def test_commits_are_flushed_to_the_disk(store):
    with store.read() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA synchronous")) == 2


def test_writers_of_several_threads_wait_for_each_other(store):
    def work(number):
        for step in range(10):
            add(store, f"{number}-{step}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as session:
        assert session.scalar(select(func.count()).select_from(Project)) == 40


def test_a_writer_holds_the_lock_before_it_reads(store):
    """Else two could read the same number, and the second would fail or write it again."""
    other = sqlite3.connect(store.folder / "labeller.db", timeout=0, isolation_level=None)
    with store.read() as session:
        session.scalar(select(Workspace))
        other.execute("BEGIN IMMEDIATE")  # a reader stops nobody
        other.execute("ROLLBACK")
    with store.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.close()


def test_what_was_committed_survives_a_kill(tmp_path):
    script = """
import os, signal, sys
from labeller.store import Store
from labeller.store.schema import Project
store = Store(sys.argv[1])
with store.write() as session:
    session.add(Project(name="kept", source="digits", config={}, data={}))
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    with Store(tmp_path).read() as session:
        assert session.scalars(select(Project.name)).all() == ["kept"]


def test_an_sqlite_too_old_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(StateError, match=r"3\.35 or newer"):
        Store(tmp_path)


def test_a_newer_workspace_is_refused(tmp_path):
    store = Store(tmp_path)
    with store.write() as session:
        session.scalars(select(Workspace)).one().schema_version = SCHEMA_VERSION + 1
    with pytest.raises(StateError, match="newer labeller"):
        Store(tmp_path)


def test_a_workspace_that_cannot_be_made_is_said_so(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StateError, match="cannot be written"):
        Store(tmp_path / "file" / "workspace")


def test_a_failed_file_leaves_the_old_one(tmp_path):
    path = tmp_path / "a" / "labels.npy"
    write_array(path, np.arange(3))

    def fail(stream):
        stream.write(b"half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_file(path, fail)
    assert np.load(path).tolist() == [0, 1, 2]
    assert [p.name for p in path.parent.iterdir()] == ["labels.npy"]


def test_arrays_come_back(tmp_path):
    write_arrays(tmp_path / "x.npz", {"a": np.eye(2), "b": np.array([1])})
    found = read_arrays(tmp_path / "x.npz")
    assert found["a"].shape == (2, 2)
    assert found["b"].tolist() == [1]
