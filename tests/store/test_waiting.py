"""Writers wait for the lock: in turn, for as long as they are asked to, and then say so."""

import logging
import math
import sqlite3
import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from labeller.errors import BusyError
from labeller.store import Store, waiting
from labeller.store.schema import Project
from labeller.store.waiting import Turns


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "workspace", patience=0.3)
    yield opened
    opened.close()


@contextmanager
def locked(store, seconds=None):
    """Another program has the write lock: inside, or for so many seconds from now."""
    path = store.folder / "labeller.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(seconds or 0, other.rollback)
    if seconds is not None:
        timer.start()
    yield
    if seconds is not None:
        timer.join()
    other.close()


def add(store, name):
    with store.write() as session:
        session.add(Project(name=name, source="digits", config={}, data={}))


def names(store):
    with store.read() as session:
        return list(session.scalars(select(Project.name).order_by(Project.id)))


def test_a_lock_that_lasts_is_said_in_one_line_and_leaves_nothing(store):
    with locked(store):
        with pytest.raises(
            BusyError, match=r"nothing was saved: another program .* 0 seconds"
        ) as e:
            add(store, "late")
        assert "\n" not in str(e.value)
        assert names(store) == []  # reading goes on
    add(store, "again")
    assert names(store) == ["again"]


def test_work_waits_for_as_long_as_it_takes_and_tells(store, monkeypatch, caplog):
    monkeypatch.setattr(waiting, "SAID_AFTER", 0.2)
    with locked(store, 1.0), store.patient(), caplog.at_level(logging.WARNING):
        add(store, "patient")
    assert names(store) == ["patient"]
    assert store.longest_wait > 0.7
    assert store.patience == 0.3
    assert [one.getMessage().split(";")[0] for one in caplog.records] == [
        "another program keeps the workspace's database locked",
        "the workspace's database is free again after 1 seconds",
    ]


def test_a_workspace_is_opened_once_the_lock_is_gone(store):
    with locked(store, 0.5):
        Store(store.folder, patience=math.inf).close()
    with locked(store), pytest.raises(BusyError):
        Store(store.folder, patience=0.1)


def test_threads_write_in_the_order_in_which_they_came():
    turns, order = Turns(), list[int]()

    def work(number):
        with turns.turn(math.inf):
            order.append(number)
            time.sleep(0.01)

    with turns.turn(1.0):
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for place, thread in enumerate(threads, start=2):
            thread.start()
            while len(turns._waiting) < place:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_whoever_gives_up_keeps_nobody_from_the_turn():
    turns, came = Turns(), threading.Event()
    with turns.turn(1.0):
        with pytest.raises(BusyError), turns.turn(0.05):
            pass
        thread = threading.Thread(target=lambda: turns.turn(5.0).__enter__() or came.set())
        thread.start()
    assert came.wait(5)
    thread.join()


def test_many_threads_and_readers_need_no_more_connections_than_there_are(store):
    """A pool that is used up would fail after half a minute."""
    store.patience = 30.0
    start = threading.Barrier(24)

    def work(number):
        start.wait()
        with store.read() as session:
            session.scalar(select(func.count()).select_from(Project))
            time.sleep(0.2)
        add(store, str(number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(store), key=int) == [str(number) for number in range(24)]
