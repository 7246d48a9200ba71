"""Many at once: sessions that replay one log, people on the same cards, workers on the same queue.

No answer may be lost, and none be stored twice.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from labeller import service
from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.jobs import BEGINNINGS, run_queued
from labeller.experiments.faults.prepared import PROJECT, copied, left_over, opened
from labeller.experiments.faults.victims import Death, Say, side_by_side
from labeller.records import Answer
from labeller.service.lookup import reading

ENTRIES = 30  # of a log
RACED = ("train", "split", "map", "cluster", "predict", "add")  # jobs that two workers claim


def cases() -> list[Case]:
    """Two and four sessions, as processes and as threads of one server, and two workers."""
    of_logs = [
        Case("races", f"{number} {kind} {what}", partial(_race, count=number, how=how, act=act))
        for number in (2, 4)
        for kind, how in (("processes", side_by_side), ("threads", in_threads))
        for what, act in (("replay one log", _replay), ("answer the same cards", _own_log))
    ]
    of_jobs = [Case("races", f"two workers, {kind}", partial(_claimed, kind)) for kind in RACED]
    return of_logs + of_jobs


def in_threads(acts: Sequence[Callable[[Path, Say], None]], workspace: Path) -> list[Death]:
    """Does all at once in threads of this process, as sessions of one server."""
    said: list[list[object]] = [[] for _ in acts]
    threads = [
        threading.Thread(target=act, args=(workspace, mine.append))
        for act, mine in zip(acts, said, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [Death(False, 0.0, tuple(mine), "") for mine in said]


def _replay(_session: int, workspace: Path, say: Say) -> None:
    """The log of one browser, of which each session has all."""
    _answer_cards("the browser", "me", workspace, say)


def _own_log(session: int, workspace: Path, say: Say) -> None:
    """A log of one's own about the same cards."""
    _answer_cards(f"browser {session}", f"person {session}", workspace, say)


def _answer_cards(client: str, expert: str, workspace: Path, say: Say) -> None:
    with opened(workspace) as store:
        cards = [card.node for card in service.cards(store, PROJECT)]
        for number in range(ENTRIES):
            entry = (client, number)
            answer = Answer("label", number % 9, 0.5 + number / 100)
            node = cards[number % len(cards)]
            service.answer(store, PROJECT, node, answer, expert=expert, entry=entry)
            say(entry)


def _race(
    folder: Path,
    count: int,
    how: Callable[[Sequence[Callable[[Path, Say], None]], Path], list[Death]],
    act: Callable[[int, Path, Say], None],
) -> Outcome:
    workspace = copied(folder)
    deaths = how([partial(act, session) for session in range(count)], workspace)
    said = {entry for death in deaths for entry in death.said}
    missing = sum(ENTRIES - len(death.said) for death in deaths)
    with opened(workspace) as store, reading(store, PROJECT) as rows:
        times = Counter((row.client, row.sequence) for row in rows.answers if row.client)
        numbers = [row.number for row in rows.answers]
    doubled = sum(times.values()) - len(times) + len(numbers) - len(set(numbers))
    return Outcome(
        lost=len(said - set(times)) + missing,
        wrong=doubled,
        tracebacks=sum(death.printed.count("Traceback") for death in deaths),
        note=f"{missing} not answered, {doubled} twice; "
        + "".join(d.printed for d in deaths)[-300:],
    )


def _claimed(kind: str, folder: Path) -> Outcome:
    """Two workers find the same jobs: each is done once."""
    workspace = copied(folder)
    with opened(workspace) as store:
        BEGINNINGS[kind](store)
    deaths = side_by_side([run_queued, run_queued], workspace)
    with opened(workspace) as store:
        jobs = service.jobs(store)
    stuck = [f"{job.kind}: {job.error or job.state}" for job in jobs if job.state != "done"]
    again = [job.kind for job in jobs if job.attempts > 1]
    left = left_over(workspace)
    printed = "".join(death.printed for death in deaths)
    return Outcome(
        stuck=len(stuck),
        wrong=len(again) + len(left),
        tracebacks=printed.count("Traceback"),
        note="; ".join([*stuck, *again, *left, printed[-300:]]),
    )
