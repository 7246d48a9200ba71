"""SIGKILL at a moment of a running step: each kind of job, and each command that writes.

The moments of a step are spread evenly over the time that it takes when nobody kills it. After each
the workspace is opened again, the same is asked for again (Resume, or the command once more), and
it has to hold what it holds without a kill.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from labeller import service
from labeller.errors import LostDatabaseError
from labeller.experiments.faults import commands, jobs
from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.prepared import copied, facts, left_over, opened
from labeller.experiments.faults.victims import Act, suffer
from labeller.jobs import queue
from labeller.service import Store

MOMENTS = 7  # of each step
SLOW = {"compare": 2}  # moments of a step that draws maps, whose code is compiled first
_TRIES = 4  # a step that was quicker than expected is killed earlier


@dataclass(frozen=True)
class Step:
    """What is killed: `begin` comes before it, in another process than `act`, which does it.

    `again` is what a person does who finds it undone; `lost` counts what `act` had called saved,
    and is not there.
    """

    name: str
    act: Act
    again: Callable[[Path], None]
    begin: Callable[[Store], None] = lambda _: None
    lost: Callable[[Store, tuple[Any, ...]], int] = lambda _, said: 0


def steps() -> list[Step]:
    """Each kind of job, then each command."""
    of_jobs = [
        Step(name, jobs.run_queued, resume, begin) for name, begin in jobs.BEGINNINGS.items()
    ]
    of_jobs.append(Step("worker", jobs.run_worker, resume, jobs.BEGINNINGS["train"]))
    of_commands = [
        Step(each.name, each.act, partial(_once_more, each.act), each.begin, each.lost)
        for each in commands.COMMANDS
    ]
    return [*of_jobs, *of_commands]


def cases() -> list[Case]:
    """Every step at every moment; neighbours are of different steps."""
    return [
        Case("kills", f"{step.name} at {_share(step, moment):.0%}", partial(_killed, step, moment))
        for moment in range(MOMENTS)
        for step in steps()
        if moment < SLOW.get(step.name, MOMENTS)
    ]


def resume(workspace: Path) -> None:
    """Presses Resume on each job that was interrupted, and works until nothing waits."""
    from labeller.jobs.worker import run_waiting

    with opened(workspace) as store:
        queue.reconcile(store)
        for job in reversed(service.jobs(store)):
            if job.state in queue.RESUMABLE:
                queue.requeue(store, job.id)
        run_waiting(store)


def _killed(step: Step, moment: int, folder: Path) -> Outcome:
    seconds, expected = _unharmed(step)
    wait = _share(step, moment) * seconds
    for attempt in range(_TRIES):
        workspace = copied(folder / str(attempt))
        with opened(workspace) as store:
            step.begin(store)
        death = suffer(step.act, workspace, wait)
        if death.killed:
            break
        wait /= 2
    lost = 0
    with suppress(LostDatabaseError), opened(workspace) as store:  # it is said, and recovered below
        lost = step.lost(store, death.said)
    step.again(workspace)
    with opened(workspace) as store:
        stuck = [
            f"{each.kind}: {each.error}" for each in service.jobs(store) if each.state != "done"
        ]
        different = _differences(expected, facts(store))
    different += left_over(workspace)
    return Outcome(
        lost=lost,
        stuck=len(stuck),
        wrong=len(different),
        tracebacks=death.printed.count("Traceback"),
        hit=death.killed,
        note="; ".join([f"killed after {wait:.2f} s", *stuck, *different, death.printed[-300:]]),
    )


def _share(step: Step, moment: int) -> float:
    return (moment + 0.5) / SLOW.get(step.name, MOMENTS)


@cache
def _durations() -> dict[str, tuple[float, dict[str, Any]]]:
    return {}


def _unharmed(step: Step) -> tuple[float, dict[str, Any]]:
    """The seconds of a step that nobody kills, and what the workspace then holds; done once."""
    if step.name not in _durations():
        with TemporaryDirectory(prefix="labeller-faults-") as folder:
            workspace = copied(Path(folder))
            with opened(workspace) as store:
                step.begin(store)
            death = suffer(step.act, workspace, None)
            step.again(workspace)  # changes nothing
            with opened(workspace) as store:
                _durations()[step.name] = death.seconds, facts(store)
    return _durations()[step.name]


def _once_more(act: Act, workspace: Path) -> None:
    act(workspace, _nobody)


def _nobody(_: Any) -> None:
    """Nobody listens to what is said."""


def _differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What differs, in words: projects, and what they hold."""
    if set(expected) != set(found):
        return [f"the projects are {sorted(found)}, not {sorted(expected)}"]
    return [
        f"{project} has other {name}: {_apart(values[name], found[project][name])}"
        for project, values in expected.items()
        for name in values
        if values[name] != found[project][name]
    ]


def _apart(one: Any, other: Any) -> str:
    if isinstance(one, list):
        return f"without {[each for each in one if each not in other]}, with " + str(
            [each for each in other if each not in one]
        )
    return f"{other}, not {one}"
