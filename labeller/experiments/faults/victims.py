"""A process that does one step of a workspace, and is killed while it does.

It is forked from one that has imported all that jobs need: a case takes seconds, and a kill at a
moment of the step is no kill while modules are read.
"""

import contextlib
import itertools
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

PATIENCE = 180.0  # seconds for a step that is not killed
_PRELOADED = (
    "labeller.cli",
    "labeller.experiments.faults.kills",
    "labeller.jobs.worker",
    *(f"labeller.jobs.{name}" for name in ("add", "compare", "portable", "predict", "train")),
    *("labeller.methods.registry", "timm", "kornia", "umap"),
)

_numbers = itertools.count()

Say = Callable[[Any], None]  # tells the killer what was reported saved
Act = Callable[[Path, Say], None]


@dataclass(frozen=True)
class Death:
    """How a victim ended: whether it was killed while it worked, the seconds that the step took
    until then, what it had said by then, and what it wrote to the terminal.
    """

    killed: bool
    seconds: float
    said: tuple[Any, ...]
    printed: str


def suffer(act: Act, workspace: Path, moment: float | None) -> Death:
    """Does a step in another process, which gets SIGKILL `moment` seconds after it began it.

    None: it is not killed. Raises TimeoutError where it does not begin, or end.
    """
    with _victim(act, workspace) as victim:
        return victim.death(moment)


def side_by_side(acts: Sequence[Act], workspace: Path) -> list[Death]:
    """Does all at once, each in a process of its own; raises as `suffer`."""
    with contextlib.ExitStack() as stack:
        victims = [stack.enter_context(_victim(act, workspace)) for act in acts]
        return [victim.death(None) for victim in victims]


@dataclass(frozen=True)
class _Victim:
    process: multiprocessing.process.BaseProcess
    connection: Connection
    log: Path

    def death(self, moment: float | None) -> Death:
        """Waits until it ends, or is killed."""
        started = time.monotonic()
        # What it says is read at the end: it is little, and fits into the pipe.
        self.process.join(PATIENCE if moment is None else moment)
        seconds, killed = time.monotonic() - started, self.process.is_alive()
        if killed and moment is None:
            raise TimeoutError(f"a step did not end within {PATIENCE:.0f} s")
        self.process.kill()
        self.process.join()
        printed = self.log.read_text()
        self.log.unlink()
        return Death(killed, seconds, tuple(_rest(self.connection)), printed)


@contextlib.contextmanager
def _victim(act: Act, workspace: Path) -> Iterator[_Victim]:
    """A process that has begun; it does not outlive the block."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    ours, theirs = context.Pipe()
    log = workspace / f"victim-{next(_numbers)}.log"
    process = context.Process(target=_live, args=(act, workspace, theirs, log), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(PATIENCE):
            raise TimeoutError(f"a step did not begin within {PATIENCE:.0f} s")
        ours.recv()
        yield _Victim(process, ours, log)
    finally:
        process.kill()
        process.join()


def _live(act: Act, workspace: Path, connection: Connection, printed: Path) -> None:
    # What the interpreter itself writes goes there too.
    log = os.open(printed, os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    connection.send("begins")
    act(workspace, connection.send)


def _rest(connection: Connection) -> list[Any]:
    said = []
    with contextlib.suppress(EOFError, OSError):
        while connection.poll(0):
            said.append(connection.recv())
    return said
