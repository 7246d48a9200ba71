"""What processes hold over time: memory, file handles, and the size of the database."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import numpy as np
import psutil

from labeller.experiments.speed.interface.app import Server
from labeller.jobs.liveness import signed_processes
from labeller.service import Store

SETTLED = 1 / 3  # of the looks, in which caches fill up
Look = tuple[float, float, int]  # seconds, MiB, handles


class Watching:
    """The server, the workers, and this process, in which annotators are."""

    def __init__(self, store: Store, server: Server | None) -> None:
        self._store, self._server, self._looks = store, server, dict[str, list[Look]]()

    def look(self) -> None:
        """Writes down what each holds now."""
        for name, process in self._processes():
            with suppress(psutil.Error):  # it ended just now
                held = process.memory_info().rss / 2**20, process.num_fds()
                self._looks.setdefault(name, []).append((time.monotonic(), *held))

    def found(self) -> dict[str, dict[str, Any]]:
        """Of each: MiB and file handles at the first and at the last look after a third of the
        time, and how fast they grow since: MiB and handles per hour.
        """
        return {
            name: _grown(looks[int(SETTLED * len(looks)) :]) for name, looks in self._looks.items()
        }

    def _processes(self) -> Iterator[tuple[str, psutil.Process]]:
        yield "annotators", psutil.Process()
        with suppress(psutil.Error):
            if self._server is not None:
                for each in psutil.Process(self._server.process.pid).children(recursive=True):
                    if "labeller.jobs.worker" not in each.cmdline():
                        yield "server", each
        for number in signed_processes(self._store.folder):
            with suppress(psutil.Error):
                yield f"worker {number}", psutil.Process(number)


def database_size(store: Store) -> int:
    """Bytes of the database, with all that is still in its log."""
    path = store.folder / "labeller.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


def _grown(looks: list[Look]) -> dict[str, Any]:
    seconds, memory, handles = (np.array(column, float) for column in zip(*looks, strict=True))
    hours = (seconds - seconds[0]) / 3600
    slopes = [
        np.polyfit(hours, held, 1)[0] if len(looks) > 2 else np.nan for held in (memory, handles)
    ]
    return {
        "looks": len(looks),
        "minutes": round(60 * hours[-1], 1),
        "memory": [round(memory[0], 1), round(memory[-1], 1)],
        "memory_per_hour": round(float(slopes[0]), 1),
        "handles": [int(handles[0]), int(handles[-1])],
        "handles_per_hour": round(float(slopes[1]), 1),
    }
