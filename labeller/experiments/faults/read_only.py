"""A workspace that can only be read: a disk that is mounted so, or folders that are closed.

Each command that only reads works there, each other one says why it does not; no file changes.
"""

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.disks import apart, make_read_only
from labeller.experiments.faults.prepared import PROJECT, copied
from labeller.experiments.faults.told import tell

# What is written in capitals is a place outside of the workspace.
READING = (
    *("projects", f"projects {PROJECT}", "jobs", f"jobs {PROJECT} --json"),
    *(f"classes list {PROJECT}", f"ask {PROJECT}", f"ask {PROJECT} --images OUT/cards"),
    *(f"clusters {PROJECT}", f"people {PROJECT}", f"evaluate {PROJECT}", f"why {PROJECT} 3"),
    *(f"audit status {PROJECT}", "methods", "choices", f"report {PROJECT} --out OUT/r.html"),
    *(f"export {PROJECT} --out OUT/l.csv", f"export {PROJECT} --out OUT/l.parquet"),
    *(f"export {PROJECT} --out OUT/l.zip --format coco", f"save {PROJECT} OUT/d.labeller"),
)
WRITING = (
    *(f"answer {PROJECT} 1 --label 3", f"undo {PROJECT}", f"classes add {PROJECT} zebra"),
    *(f"train {PROJECT}", f"cluster {PROJECT}", f"propagate {PROJECT}", f"retrain {PROJECT}"),
    *(f"audit draw {PROJECT}", "create other --source digits", f"add {PROJECT} digits"),
    *(f"delete {PROJECT} --yes", "jobs --resume 1", "worker"),
)
_DROP, _OVERRIDE, _SEARCH = 24, 1, 2  # PR_CAPBSET_DROP and what root may do in closed folders


def cases() -> list[Case]:
    """Each command, on a read-only disk and in closed folders."""
    return [
        Case("read-only", f"{command}, {way}", partial(run, command))
        for command in (*READING, *WRITING)
        for way, run in (("mounted", _mounted), ("closed", _closed))
    ]


def _mounted(command: str, folder: Path) -> Outcome:
    workspace = copied(folder)
    return apart(partial(_on_mounted, command, workspace), folder)


def _on_mounted(command: str, workspace: Path, folder: Path) -> Outcome:
    make_read_only(workspace)
    return _told(command, workspace, folder)


def _closed(command: str, folder: Path) -> Outcome:
    workspace = copied(folder)
    with _closing(workspace):
        return _told(command, workspace, folder, before=_without_privileges)


def _told(
    command: str, workspace: Path, folder: Path, before: Callable[[], None] | None = None
) -> Outcome:
    earlier = _files(workspace)
    out = folder / "out"
    out.mkdir()
    told = tell(workspace, *command.replace("OUT", str(out)).split(), before=before)
    reads = command in READING
    wrong = told.code != 0 if reads else told.code != 1 or "read-only" not in told.words
    changed = _files(workspace) != earlier
    note = f"{told.words}; files changed: {changed}" if wrong or changed or told.unreadable else ""
    return Outcome(wrong=int(changed), stuck=int(wrong), tracebacks=int(told.unreadable), note=note)


def _files(workspace: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in workspace.rglob("*")
    }


@contextmanager
def _closing(workspace: Path) -> Iterator[None]:
    """Nobody may write in it, but who may do so everywhere."""
    places = [workspace, *workspace.rglob("*")]
    for place in places:
        place.chmod(place.stat().st_mode & ~0o222)
    try:
        yield
    finally:
        for place in places:
            place.chmod(place.stat().st_mode | 0o200)


def _without_privileges() -> None:
    """In a child: closed folders are closed to root too."""
    if os.geteuid() == 0:
        for capability in (_OVERRIDE, _SEARCH):
            ctypes.CDLL(None).prctl(_DROP, capability)
