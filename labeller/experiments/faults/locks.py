"""Another program locks the database while something is done: nothing is lost, and no job fails.

Some for more than SQLite's own minute.
"""

import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from labeller import service
from labeller.errors import BusyError
from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.jobs import BEGINNINGS
from labeller.experiments.faults.prepared import PROJECT, copied, left_over, opened
from labeller.jobs.worker import run_waiting
from labeller.records import Answer
from labeller.service import Store
from labeller.service.lookup import reading
from labeller.store import waiting

SHORT, LONG = 3.0, 75.0  # seconds; the long ones come last: a part of the suite is quick
JOBS = ("train", "retrain", "cluster", "split", "predict", "add")


def cases() -> list[Case]:
    """Each job, at its first report and later; answers, and the opening of a workspace."""
    of_jobs = [
        Case("locks", f"{kind}, {when}", partial(_job, kind, SHORT, events))
        for kind in JOBS
        for events, when in ((1, "at once"), (5, "later"))
    ]
    of_people = [
        Case("locks", f"{name}, {seconds:.0f} s", partial(act, seconds))
        for seconds in (SHORT, LONG)
        for name, act in (("answers", _told), ("opening", _opening))
    ]
    long = [
        Case("locks", f"{kind}, {LONG:.0f} s", partial(_job, kind, LONG, 1)) for kind in JOBS[:4]
    ]
    reader = Case("locks", "a reader that stays, without WAL", partial(_reader, SHORT))
    return [*of_jobs, reader, *of_people, *long]


@contextmanager
def locked(workspace: Path, seconds: float) -> Iterator[None]:
    """The write lock is another program's for so long from now."""
    taken = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(workspace / "labeller.db", isolation_level=None)) as other:
            other.execute("PRAGMA busy_timeout = 10000")
            other.execute("BEGIN IMMEDIATE")
            taken.set()
            time.sleep(seconds)

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(20)
    try:
        yield
    finally:
        holder.join()


def _job(kind: str, seconds: float, events: int, folder: Path) -> Outcome:
    workspace, seen, holders = copied(folder), [0], list[threading.Thread]()

    def report(_: object) -> None:
        seen[0] += 1
        if seen[0] == events:
            holders.append(threading.Thread(target=_hold, args=(workspace, seconds)))
            holders[0].start()

    with opened(workspace) as store:
        BEGINNINGS[kind](store)
        store.patience = 1.0  # a person's; the job's own has no end
        run_waiting(store, report=report)
        for holder in holders:
            holder.join()
        stuck = [f"{j.kind}: {j.error}" for j in service.jobs(store) if j.state != "done"]
        told = any(job.notice for job in service.jobs(store))
    silent = bool(holders) and seconds > 2 * waiting.SAID_AFTER and not told
    left = left_over(workspace)
    words = ["nobody was told"] if silent else []
    return Outcome(
        stuck=len(stuck),
        wrong=len(left) + silent,
        hit=bool(holders),
        note="; ".join([*stuck, *left, *words]),
    )


def _hold(workspace: Path, seconds: float) -> None:
    with locked(workspace, seconds):
        pass


def _told(seconds: float, folder: Path) -> Outcome:
    """Each answer is saved, or said not to be; given again after the lock, all are there."""
    workspace, saved = copied(folder), set[int]()
    refused = 0
    with opened(workspace) as store:
        store.patience = seconds / 3
        cards = [card.node for card in service.cards(store, PROJECT)]

        def say(number: int) -> None:
            answer = Answer("label", number % 9)
            node = cards[number % len(cards)]
            stored = service.answer(store, PROJECT, node, answer, entry=("a browser", number))
            saved.add(stored.number)

        with locked(workspace, seconds):
            for number in range(2):
                try:
                    say(number)
                except BusyError:
                    refused += 1
        for number in range(5):  # the log of a page is sent as a whole
            say(number)
        lost, doubled = _count(store, saved, 5)
    return Outcome(lost=lost, wrong=doubled, hit=refused == 2, note=f"{refused} were refused")


def _count(store: Store, saved: set[int], entries: int) -> tuple[int, int]:
    with reading(store, PROJECT) as rows:
        logged = [row.sequence for row in rows.answers if row.client == "a browser"]
        known = {row.number for row in rows.answers}
    return len(saved - known) + entries - len(set(logged)), len(logged) - len(set(logged))


def _opening(seconds: float, folder: Path) -> Outcome:
    """A worker that starts beside a lock, and a command, which says so."""
    workspace, told = copied(folder), False
    with locked(workspace, seconds):
        try:
            Store(workspace, patience=seconds / 3).close()
        except BusyError:
            told = True
        Store(workspace, patience=math.inf).close()
    return Outcome(wrong=not told, note="" if told else "a locked workspace was opened")


def _reader(seconds: float, folder: Path) -> Outcome:
    """Without WAL a commit waits for whoever reads."""
    workspace = copied(folder)
    with closing(sqlite3.connect(workspace / "labeller.db")) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    with without_wal(), opened(workspace) as store:
        reader = sqlite3.connect(
            workspace / "labeller.db", isolation_level=None, check_same_thread=False
        )
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM answers").fetchall()
        timer = threading.Timer(seconds, reader.close)
        timer.start()
        node = service.cards(store, PROJECT)[0].node
        answer = service.answer(store, PROJECT, node, Answer("label", 5))
        timer.join()
        known = {each.number for each in service.answers(store, PROJECT)}
    return Outcome(lost=answer.number not in known)


@contextmanager
def without_wal() -> Iterator[None]:
    """The setting for network drives."""
    before = os.environ.get("LABELLER_JOURNAL")
    os.environ["LABELLER_JOURNAL"] = "DELETE"
    try:
        yield
    finally:
        if before is None:
            del os.environ["LABELLER_JOURNAL"]
        else:
            os.environ["LABELLER_JOURNAL"] = before
