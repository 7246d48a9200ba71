"""Simulated people who answer cards through the service, as sessions of one server do."""

import threading
import time
from collections import defaultdict
from typing import Any, Self

import numpy as np

from labeller import service
from labeller.experiments.speed.interface.measure import spread
from labeller.records import Answer
from labeller.runtime import stream_seed
from labeller.service import Store
from labeller.service.lookup import reading
from labeller.store.project_rows import Entry

UNDO_EVERY, CHECK_EVERY = 10, 7  # answers: one is taken back, one is a second look
Said = tuple[str, int | None]  # a node, and the label; None: taken back


class Annotators:
    """So many threads that answer while the `with` block lasts; `phase` is what they are timed by.

    They rest `pause` seconds between two answers on average, none of them as long as another.
    """

    def __init__(self, store: Store, project: str, count: int, pause: float) -> None:
        self.phase = "idle"
        self._store, self._project, self._pause = store, project, pause
        self._cards = [card.node for card in service.cards(store, project)]
        self._stop = threading.Event()
        self._times: dict[str, list[float]] = {"idle": [], "training": []}
        self._errors: list[str] = []
        self._said: dict[Entry, Said] = {}
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def found(self) -> dict[str, Any]:
        """Times in milliseconds, what failed, and how many answers are not as they were said."""
        spreads = {phase: spread(times) for phase, times in self._times.items()}
        slow, idle = (spreads[phase].get("p95", np.nan) for phase in ("training", "idle"))
        times = {**spreads, "ratio": round(slow / idle, 2)}
        return {"answers": times, "errors": self._errors, "wrong": self._wrong()}

    def _work(self, number: int) -> None:
        random = np.random.default_rng(stream_seed(0, f"soak/{number}"))
        client, sequence, newest, last = f"annotator {number}", 0, 0, None
        while not self._stop.wait(random.uniform(0, 2 * self._pause)):
            sequence += 1
            node, label = str(random.choice(self._cards)), int(random.integers(10))
            phase, started = self.phase, time.perf_counter()
            try:
                if sequence % UNDO_EVERY == 0 and last is not None:
                    self._undo((client, sequence), last.node, f"person {number}")
                    last = None
                else:
                    stored = self._answer((client, sequence), node, label, f"person {number}")
                    # The same as before is not stored again, and is not what Undo takes back.
                    last = stored if stored.number > newest else None
                    newest = max(newest, stored.number)
            except Exception as error:  # all is counted that a person would have to see
                self._errors.append(f"{type(error).__name__}: {error}")
            self._times[phase].append(1000 * (time.perf_counter() - started))

    def _answer(self, entry: Entry, node: str, label: int, expert: str) -> Answer:
        answer, check = Answer("label", label, 0.9), False if entry[1] % CHECK_EVERY else None
        stored = service.answer(
            self._store, self._project, node, answer, expert=expert, check=check, entry=entry
        )
        self._said[entry] = (node, label)
        return stored

    def _undo(self, entry: Entry, node: str, expert: str) -> None:
        service.undo(self._store, self._project, node=node, expert=expert, entry=entry)
        self._said[entry] = (node, None)

    def _wrong(self) -> int:
        """Entries that are not stored, other than they were said, or stored twice."""
        with reading(self._store, self._project) as rows:
            logged = [row for row in rows.answers if row.client]
        stored = {(row.client, row.sequence): (row.node, row.label) for row in logged}
        standing = defaultdict[tuple[str, str], list[int]](list)
        wrong = len(logged) - len(stored)
        for entry, (node, label) in self._said.items():
            mine = standing[entry[0], node]
            if entry in stored:
                wrong += stored[entry] != (node, label)
                mine[:] = mine[:-1] if label is None else [*mine, label]
            else:  # the same answer as before is not stored again
                wrong += not mine or mine[-1] != label
        return wrong
