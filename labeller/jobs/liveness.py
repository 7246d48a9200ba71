"""Whether a worker lives, and the end of one that does not listen. No torch.

A worker is alive while it holds its lock, which the kernel drops with the process. That of another
machine cannot be seen from here: it lives while its heartbeat changes, whatever its clock says. A
process number is never a sign of life: a finished child that nobody waited for still answers
signals, and numbers are given again.
"""

import os
import secrets
import signal
import socket
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from time import monotonic

from filelock import BaseFileLock, FileLock, Timeout

from labeller.store.files import write_file
from labeller.store.schema import Job, now

HEARTBEAT_LOST = 60.0  # seconds
LONG_SILENT = timedelta(days=3)  # more than clocks differ
TERM_AFTER, KILL_AFTER = 8.0, 20.0  # seconds after a cancellation was asked for
BESIDE = "beside-"  # before the device of a worker that does quick jobs only, beside a long one

# The heartbeat of each worker of another machine, and when, by our clock, it came.
_heard: dict[tuple[Path, str], tuple[datetime | None, float]] = {}


def worker_name(device: str) -> str:
    """The name under which a worker of this process and `device` claims jobs."""
    return f"{socket.gethostname()}|{device}|{os.getpid()}-{_token(os.getpid())}"


def worker_lock(folder: Path, device: str) -> FileLock:
    """The lock that the one worker of `device` on this machine holds while it lives.

    A worker started with the device `auto` holds the lock of that name from its first moment,
    and the lock of the device that it found as soon as torch is imported.
    """
    return FileLock(_place(folder, device, "lock"))


def sign(folder: Path, device: str) -> None:
    """Writes beside the lock of `device`, which this process holds, whose it is."""
    name = worker_name(device).encode()
    write_file(_place(folder, device, "name"), lambda stream: stream.write(name))


def signed_processes(folder: Path) -> list[int]:
    """The numbers of the processes that hold locks of this machine."""
    paths = (folder / "locks").glob(f"{_lock_prefix()}*.name")
    return [
        int(path.read_text().split("|")[2].split("-")[0])
        for path in paths
        if _held(FileLock(path.with_suffix(".lock")))
    ]


def is_beside(worker: str) -> bool:
    """Whether the worker of that name does quick jobs only."""
    return worker.split("|")[1].startswith(BESIDE)


def device_of(worker: str) -> str:
    """The device that the worker of that name works on."""
    return worker.split("|")[1].removeprefix(BESIDE)


def device_busy(folder: Path, device: str) -> bool:
    """Whether a worker of `device` lives on this machine."""
    return _held(worker_lock(folder, device))


def any_worker(folder: Path, *, beside: bool = False) -> bool:
    """Whether some worker of this workspace lives on this machine: of all jobs, or `beside`."""
    prefix = _lock_prefix()
    paths = (folder / "locks").glob(f"{prefix}*.lock")
    mine = [path for path in paths if path.name.startswith(prefix + BESIDE) == beside]
    return any(_held(FileLock(path)) for path in mine)


def worker_lives(folder: Path, worker: str, heartbeat: datetime | None) -> bool:
    """Whether the worker of that name still runs; one of another machine does so until its
    heartbeat was seen to stay as it is for HEARTBEAT_LOST.
    """
    host, device, _ = worker.split("|")
    if host == socket.gethostname():
        return worker == worker_name(device) or device_busy(folder, device)
    if heartbeat is not None and now() - heartbeat > LONG_SILENT:
        return False  # however far the clocks are apart
    known = _heard.get((folder, worker))
    if known is None or known[0] != heartbeat:
        _heard[folder, worker] = (heartbeat, monotonic())
        return True
    return monotonic() - known[1] < HEARTBEAT_LOST


def press(folder: Path, row: Job) -> None:
    """SIGTERM, then SIGKILL, to a worker of this machine that does not hear a cancellation.

    Only to the process that holds the lock now and has signed it: a number alone may be a
    stranger's since.
    """
    host, device, process = row.worker.split("|")
    assert row.cancel_at is not None
    waited = (now() - row.cancel_at).total_seconds()
    if host != socket.gethostname() or row.worker == worker_name(device) or waited < TERM_AFTER:
        return
    if device_busy(folder, device) and _signed(folder, device) == row.worker:
        kill = getattr(signal, "SIGKILL", signal.SIGTERM)
        with suppress(OSError):  # it ended just now
            os.kill(int(process.split("-")[0]), signal.SIGTERM if waited < KILL_AFTER else kill)


def _place(folder: Path, device: str, ending: str) -> Path:
    return folder / "locks" / f"{_lock_prefix()}{device.replace(':', '_')}.{ending}"


def _lock_prefix() -> str:
    return f"worker-{socket.gethostname()}-"


def _signed(folder: Path, device: str) -> str:
    try:
        return _place(folder, device, "name").read_text()
    except OSError:
        return ""


def _held(lock: BaseFileLock) -> bool:
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


@lru_cache(maxsize=1)
def _token(_process: int) -> str:
    """Another one in each process: a number may come again, even to a worker."""
    return secrets.token_hex(4)
