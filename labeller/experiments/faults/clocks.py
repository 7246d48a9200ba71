"""Clocks that are set anew, that differ between machines, and heartbeats of the future.

A case has a clock of its own for what is written into rows; the time that passes is the real one,
or is said to have passed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from unittest.mock import patch

from labeller import service
from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.jobs import BEGINNINGS
from labeller.experiments.faults.prepared import PROJECT, copied, opened
from labeller.jobs import liveness, queue
from labeller.jobs.worker import run_waiting
from labeller.records import Answer
from labeller.service import Store
from labeller.store import schema

HOURS = (-24.0, -1.0, 1.0, 24.0)  # by which a clock is set, or wrong
ELSEWHERE = "elsewhere|cpu|7-0"


def cases() -> list[Case]:
    """A dead and a living worker elsewhere, a jump in a job, and one between answers."""
    acts: dict[str, Callable[[float, Path], Outcome]] = {
        "a dead worker whose clock is off by": _dead,
        "a living worker whose clock is off by": _living,
        "a training while the clock is set by": partial(_job, "train"),
        "a split while the clock is set by": partial(_job, "split"),
        "answers while the clock is set by": _answers,
    }
    return [
        Case("clocks", f"{name} {hours:+.0f} h", partial(act, hours))
        for name, act in acts.items()
        for hours in HOURS
    ]


class _Clock:
    """The clock of rows, `ahead` of the true one, and the seconds that have passed in addition."""

    def __init__(self) -> None:
        self.ahead, self.passed = timedelta(), 0.0
        self._now, self._monotonic = schema.now, monotonic

    def now(self) -> datetime:
        return self._now() + self.ahead + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self._monotonic() + self.passed


@contextmanager
def _clock() -> Iterator[_Clock]:
    clock = _Clock()
    with (
        patch.object(queue, "now", clock.now),
        patch.object(liveness, "now", clock.now),
        patch.object(liveness, "monotonic", clock.monotonic),
    ):
        yield clock


def _claimed_elsewhere(store: Store, clock: _Clock, hours: float) -> int:
    """A training that a worker of another machine has claimed, by its clock."""
    BEGINNINGS["train"](store)
    clock.ahead = timedelta(hours=hours)
    row = queue.claim(store, ELSEWHERE)
    clock.ahead = timedelta()
    assert row is not None
    return row.id


def _dead(hours: float, folder: Path) -> Outcome:
    """It is found dead after a minute, and Resume brings the job to its end."""
    with _clock() as clock, opened(copied(folder)) as store:
        job = _claimed_elsewhere(store, clock, hours)
        queue.reconcile(store)
        early = service.job(store, job).state != "running"
        clock.passed += liveness.HEARTBEAT_LOST + 1
        queue.reconcile(store)
        late = service.job(store, job).state == "running"
        if not late:
            queue.requeue(store, job)
            run_waiting(store)
        state = service.job(store, job).state
    return Outcome(stuck=int(late or state != "done"), wrong=int(early), note=f"it is {state}")


def _living(hours: float, folder: Path) -> Outcome:
    """It is never found dead, and its job is done once."""
    with _clock() as clock, opened(copied(folder)) as store:
        job, buried = _claimed_elsewhere(store, clock, hours), 0
        for _ in range(5):
            clock.passed += liveness.HEARTBEAT_LOST - 1
            queue.reconcile(store)
            buried += service.job(store, job).state != "running"
            clock.ahead = timedelta(hours=hours)
            queue.beat(store, job)
            clock.ahead = timedelta()
    return Outcome(wrong=buried, note=f"buried {buried} times alive")


def _job(kind: str, hours: float, folder: Path) -> Outcome:
    with _clock() as clock, opened(copied(folder)) as store:

        def jump(_: object) -> None:
            clock.ahead += timedelta(hours=hours)
            queue.reconcile(store)

        BEGINNINGS[kind](store)
        run_waiting(store, report=jump)
        stuck = [
            f"{j.kind}: {j.error or j.state}" for j in service.jobs(store) if j.state != "done"
        ]
    return Outcome(stuck=len(stuck), hit=clock.ahead != timedelta(), note="; ".join(stuck))


def _answers(hours: float, folder: Path) -> Outcome:
    """The last word counts, whatever the clock says, and Undo takes back what was said last."""
    with opened(copied(folder)) as store:
        node = service.cards(store, PROJECT)[0].node
        real = schema.now
        default = schema.Answer.__table__.c.created_at.default
        with patch.object(default, "arg", lambda _: real() + timedelta(hours=hours)):
            service.answer(store, PROJECT, node, Answer("label", 1))
        last = service.answer(store, PROJECT, node, Answer("label", 2))
        standing = [each for each in service.answers(store, PROJECT) if each.node == node][-1]
        undone = service.undo(store, PROJECT)
    wrong = (standing.label != 2) + (undone.number != last.number)
    return Outcome(wrong=wrong, note=f"{standing.label} stands, {undone.label} was taken back")
