"""Names of files that are being written, and the sweeping of those whose writer was killed.

A name says who writes: `.labels.npz.1f3a9c-4711.tmp` is of the process 4711 of the machine whose
name has the digest 1f3a9c. What a living process may be writing is never touched.
"""

import hashlib
import logging
import os
import re
import shutil
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil

log = logging.getLogger(__name__)

DAY = 24 * 3600.0  # seconds: nothing is written for so long without a change
# `.name.PID.tmp` are of a version that did not name the machine.
_TEMPORARY = re.compile(r"\..+\.(?:(?P<host>[0-9a-f]{6})-)?(?P<process>\d+)\.(?:tmp|deleted|part)")
_LOADING = re.compile(r"\.[0-9a-f]{16}\.loading")  # of that version too


def temporary(path: Path, ending: str = "tmp") -> Path:
    """The hidden name beside `path` under which this process writes it, or deletes it."""
    return path.with_name(f".{path.name}.{_host()}-{os.getpid()}.{ending}")


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """An empty folder beside `path`, under a temporary name, that is gone at the end."""
    folder = temporary(path)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(workspace: Path, wanted: Collection[str] = ()) -> list[Path]:
    """Deletes what killed writers left in a workspace, and uploads of yesterday that no job wants.

    `wanted`: sources that jobs may still import. What cannot be deleted is left.
    """
    places = (*_walk(workspace / "projects"), *_entries(workspace / "backups"))
    places = (*places, *_entries(workspace))
    left = [path for path in places if _is_left(path, workspace)]
    uploads = workspace / "uploads"
    kept = {part for source in wanted for part in (Path(source), *Path(source).parents)}
    left += [path for path in _entries(uploads) if path not in kept and _is_old(path)]
    for path in left:
        _remove(path)
        log.info("%s was left behind by a process that ended, and is swept", path)
    return left


def sweep_beside(path: Path) -> None:
    """Deletes what killed writers of this machine left of `path`, wherever it is."""
    for each in _entries(path.parent):
        name = _TEMPORARY.fullmatch(each.name)
        ours = name is not None and each.name.startswith(f".{path.name}.{_host()}-")
        if name is not None and ours and not psutil.pid_exists(int(name["process"])):
            _remove(each)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _walk(folder: Path) -> Iterator[Path]:
    """All files and folders below, none inside of one that is temporary itself."""
    for path in _entries(folder):
        yield path
        if path.is_dir() and not path.is_symlink() and not _says_temporary(path):
            yield from _walk(path)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # deleted meanwhile
        return []


def _says_temporary(path: Path) -> bool:
    return bool(_TEMPORARY.fullmatch(path.name) or _LOADING.fullmatch(path.name))


def _is_left(path: Path, workspace: Path) -> bool:
    """Whether it has a temporary name, and its writer is known to be dead, or silent for a day."""
    name = _TEMPORARY.fullmatch(path.name)
    if name is None:
        return bool(_LOADING.fullmatch(path.name)) and _is_old(path)
    ours = name["host"] == _host() if name["host"] else not _other_machines(workspace)
    if ours:
        return not psutil.pid_exists(int(name["process"]))
    return _is_old(path)


def _is_old(path: Path) -> bool:
    try:
        newest = max(each.lstat().st_mtime for each in (path, *path.rglob("*")))
    except OSError:
        return False
    return time.time() - newest > DAY


def _other_machines(workspace: Path) -> bool:
    """Whether a worker of another machine has ever worked here."""
    own = f"worker-{socket.gethostname()}-"
    return any(not path.name.startswith(own) for path in (workspace / "locks").glob("worker-*"))


@cache
def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]
