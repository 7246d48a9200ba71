"""A process that does one step of a workspace, and is killed while it does.

It is forked from one that has imported all that jobs need: a case takes seconds, and a kill at a
moment of the step is no kill while modules are read.
"""

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

PATIENCE = 180.0  # seconds for a step that is not killed
LOG = "victim.log"
_PRELOADED = (
    "labeller.cli",
    "labeller.experiments.faults.kills",
    "labeller.jobs.worker",
    *(f"labeller.jobs.{name}" for name in ("add", "compare", "portable", "predict", "train")),
    *("labeller.methods.registry", "timm", "kornia", "umap"),
)

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
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_PRELOADED))
    ours, theirs = context.Pipe()
    victim = context.Process(target=_live, args=(act, workspace, theirs), daemon=True)
    victim.start()
    theirs.close()
    try:
        _expect(ours)
        started = time.monotonic()
        if moment is None:
            victim.join(PATIENCE)
            if victim.is_alive():
                raise TimeoutError(f"{act} did not end within {PATIENCE:.0f} s")
        else:
            # What it says is read at the end: it is little, and fits into the pipe.
            victim.join(moment)
        seconds = time.monotonic() - started
        killed = victim.is_alive()
    finally:
        victim.kill()
        victim.join()
    log = workspace / LOG
    printed = log.read_text() if log.exists() else ""
    log.unlink(missing_ok=True)
    return Death(killed, seconds, tuple(_rest(ours)), printed)


def _live(act: Act, workspace: Path, connection: Connection) -> None:
    # What the interpreter itself writes goes there too.
    log = os.open(workspace / LOG, os.O_WRONLY | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    connection.send("begins")
    act(workspace, connection.send)


def _expect(connection: Connection) -> None:
    if not connection.poll(PATIENCE):
        raise TimeoutError(f"a victim did not begin within {PATIENCE:.0f} s")
    connection.recv()


def _rest(connection: Connection) -> list[Any]:
    said = []
    with contextlib.suppress(EOFError, OSError):
        while connection.poll(0):
            said.append(connection.recv())
    return said
