"""Waiting for the one write lock of a workspace: in turn in a process, by polling beside others.

SQLite's own busy handler sleeps up to a tenth of a second between tries, however long the others
wait already: of twenty threads some come at once and some after many seconds.
"""

import logging
import random
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from labeller.errors import BusyError

log = logging.getLogger(__name__)

PATIENCE = 30.0  # seconds that a person waits before it is said that the workspace is locked
SAID_AFTER = 5.0  # seconds after which a log, or a job's page, tells of a lock
_SHORTEST, _LONGEST = 0.001, 0.004  # seconds between two tries: a busy process pauses no longer
_RARELY = 0.1  # the same once a program seems to keep the lock
_FOREVER = 2**31 - 1  # milliseconds, the most that SQLite takes: 24 days


class Turns:
    """The threads of this process that want to write, each in its turn."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()  # the first of them has the turn

    @contextmanager
    def turn(self, patience: float) -> Iterator[None]:
        """Until it is this thread's turn, and while it lasts; raises BusyError."""
        mine = threading.Lock()
        mine.acquire()
        try:
            with self._guard:
                if not self._waiting:
                    mine.release()
                self._waiting.append(mine)
            if not mine.acquire(timeout=min(patience, threading.TIMEOUT_MAX)):
                raise busy(patience)
            yield
        finally:
            with self._guard:
                if mine in self._waiting:
                    first = self._waiting[0] is mine
                    self._waiting.remove(mine)
                    if first and self._waiting:
                        self._waiting[0].release()


def begin(connection: sqlite3.Connection, patience: float, *, write: bool) -> float:
    """Begins a transaction that waits `patience` seconds for others; with `write`, once it has the
    write lock, and returns the seconds that this took.

    Raises BusyError when others hold the lock for longer.
    """
    wait = min(patience * 1000, _FOREVER)
    if not write:
        connection.execute(f"PRAGMA busy_timeout = {wait:.0f}")
        connection.execute("BEGIN")
        return 0.0
    connection.execute("PRAGMA busy_timeout = 0")
    started, pause, said = time.monotonic(), _SHORTEST, False
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            waited = time.monotonic() - started
            if not is_busy(error):
                raise
            if waited >= patience:
                raise busy(patience) from error
        else:
            break
        if waited >= SAID_AFTER and not said:
            log.warning("another program keeps the workspace's database locked; waiting for it")
            said = True
        time.sleep((_RARELY if waited > PATIENCE else pause) * random.uniform(0.5, 1.0))
        pause = min(pause * 1.5, _LONGEST)
    connection.execute(
        f"PRAGMA busy_timeout = {wait:.0f}"
    )  # a commit waits for readers, without WAL
    waited = time.monotonic() - started
    if said:
        log.warning("the workspace's database is free again after %.0f seconds", waited)
    return waited


def is_busy(error: sqlite3.Error) -> bool:
    """Whether it says that somebody else holds a lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def busy(patience: float) -> BusyError:
    """What is said to whoever waited in vain."""
    return BusyError(
        f"nothing was saved: another program has kept the workspace locked for {patience:.0f} "
        "seconds (a backup, or a program that shows databases?); end it, and try again"
    )
