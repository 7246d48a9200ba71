"""Disks that a case has for itself, small or read-only: unseen by others, and gone with it."""

import ctypes
import json
import os
import shutil
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from labeller.experiments.faults.case import Outcome

_NEW_MOUNTS, _NEW_USERS = 0x20000, 0x10000000  # of unshare(2)
_READ_ONLY, _AGAIN, _BIND, _ALL, _PRIVATE = 1, 32, 4096, 16384, 1 << 18  # of mount(2)
_KEPT = 2 | 4  # nosuid and nodev, which may be locked
_LEFT = "filler"


def apart(run: Callable[[Path], Outcome], folder: Path) -> Outcome:
    """What `run` finds in a child process that may mount disks; no hit where it may not."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        _say(write, _inside(run, folder))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        said = stream.read()
    os.waitpid(child, 0)
    return Outcome(**json.loads(said)) if said else Outcome(stuck=1, note="the case itself died")


class SmallDisk:
    """A disk in memory, `megabytes` large, at `path`, which can be filled and emptied again."""

    def __init__(self, path: Path, megabytes: int = 64) -> None:
        path.mkdir(exist_ok=True)
        self.path = path
        _mount(b"none", path, b"tmpfs", 0, f"size={megabytes}m")

    def leave(self, size: int) -> None:
        """Fills it but for so many bytes, whoever else may be writing on it."""
        with (self.path / _LEFT).open("wb") as stream:
            while (much := shutil.disk_usage(self.path).free - size) > 0:
                with suppress(OSError):  # others were faster
                    os.posix_fallocate(stream.fileno(), stream.seek(0, os.SEEK_END), much)

    def make_room(self) -> None:
        """Frees all that was filled."""
        (self.path / _LEFT).unlink()


def make_read_only(folder: Path) -> None:
    """Nothing below `folder` can be written any more, by nobody."""
    _mount(os.fsencode(folder), folder, b"none", _BIND)
    _mount(b"none", folder, b"none", _BIND | _AGAIN | _READ_ONLY | _KEPT)


def _inside(run: Callable[[Path], Outcome], folder: Path) -> Outcome:
    try:
        _part_from_others()
    except OSError as error:
        return Outcome(hit=False, note=f"no disk can be mounted here ({error.strerror})")
    try:
        return run(folder)
    except BaseException:
        return Outcome(tracebacks=1, note=traceback.format_exc(limit=-3))


def _say(pipe: int, outcome: Outcome) -> None:
    with os.fdopen(pipe, "wb") as stream:
        stream.write(json.dumps(asdict(outcome)).encode())


def _part_from_others() -> None:
    """Mounts of our own, and where only root may have these, users of our own; raises OSError."""
    user, group = os.geteuid(), os.getegid()
    _call("unshare", _NEW_MOUNTS if user == 0 else _NEW_MOUNTS | _NEW_USERS)
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    _mount(b"none", Path("/"), b"none", _ALL | _PRIVATE)  # else the others would see them


def _mount(source: bytes, target: Path, kind: bytes, flags: int, options: str = "") -> None:
    _call("mount", source, os.fsencode(target), kind, ctypes.c_ulong(flags), options.encode())


def _call(name: str, *arguments: object) -> None:
    system = ctypes.CDLL(None, use_errno=True)
    if getattr(system, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
