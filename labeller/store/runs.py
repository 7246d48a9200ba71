"""Grids of runs on disk: each finished run is kept at once, and a stopped grid goes on from there.

A `RunFolder` has one file per run (comparisons of a project, reproductions of papers), a `RunFile`
has all of them (`compare --json`, `benchmark label-efficiency --json`).
"""

import json
import logging
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from labeller.errors import DamagedFileError, StateError
from labeller.store.files import read_json, remove_tree, write_json
from labeller.store.temporary import temporary

log = logging.getLogger(__name__)
Record = dict[str, Any]


@contextmanager
def only_writer(lock: Path, what: Path) -> Iterator[None]:
    """Be the only one who writes `what`; raises StateError while another process does."""
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        raise StateError(
            f"another run writes to {what}; wait for it, stop it, or name another place"
        ) from None
    try:
        yield
    finally:
        held.release()
        lock.unlink(missing_ok=True)


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, filled by `make` where it is not there, by one process for all.

    It is filled under a temporary name and renamed, so that no half of it is ever used.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        if not folder.exists():
            part = temporary(folder, "part")
            remove_tree(part)
            part.mkdir()
            try:
                make(part)
                part.replace(folder)
            finally:
                remove_tree(part)
    return folder


def plain(value: Any) -> Any:
    """The value as JSON gives it back, so that a resumed grid sees what the first one saw."""
    return json.loads(json.dumps(value))


class RunFolder:
    """Records by key, each in a file of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get(self, key: str) -> Record | None:
        """The record; None where there is none that can be read, so that it is measured anew."""
        path = self.path / f"{key}.json"
        try:
            if not path.exists():
                return None
            return read_json(path)
        except DamagedFileError as error:
            log.warning("%s cannot be read (%s); it is measured again", path, error)
            return None

    def all(self) -> list[Record]:
        """Every record that can be read, in the order in which the runs ended."""
        paths = sorted(self.path.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        return [record for path in paths if (record := self.get(path.stem)) is not None]

    def keep(self, key: str, record: Record) -> None:
        """Write a finished run."""
        write_json(self.path / f"{key}.json", record)


class RunFile:
    """Records by key in one file, under `cells`; `head` is what stands beside them."""

    def __init__(
        self, path: Path | None, head: Record, same: Collection[str], key: Callable[[Record], Any]
    ) -> None:
        """`path` None: in memory alone. `same`: what of the head must be as it was, to go on."""
        self.path, self.head, self.key = path, plain(head), key
        self.same = same
        self.runs: dict[Hashable, Record] = {}

    def read(self) -> Record:
        """Take over the runs of the file; its content, {} where there is none.

        Raises StateError where it is no such file, or of another head.
        """
        if self.path is None or not self.path.exists():
            return {}
        try:
            content = read_json(self.path)
            self.runs = {self.key(record): record for record in content["cells"]}
        except (DamagedFileError, KeyError, TypeError):
            raise StateError(
                f"{self.path} holds no runs of this command; name another file"
            ) from None
        others = sorted(name for name in self.same if content.get(name) != self.head[name])
        if others:
            changes = " and ".join(
                _change(name, content.get(name), self.head[name]) for name in others
            )
            raise StateError(f"{self.path} was made with another {changes}; name another file")
        return dict(content)

    def keep(self, record: Record) -> None:
        """Keep a finished run, on the disk before this returns."""
        self.runs[self.key(record)] = plain(record)
        self.write()

    def write(self) -> None:
        """Write the file, whole or not at all; nothing where there is none."""
        if self.path is not None:
            write_json(self.path, self.content(), sealed=False)

    def content(self) -> Record:
        """What the file holds."""
        return {**self.head, "cells": list(self.runs.values())}


def _change(name: str, before: Any, now: Any) -> str:
    """What differs, with the values where they are short: no digests."""
    if all(isinstance(one, str | int | None) and len(str(one)) <= 12 for one in (before, now)):
        return f"{name} ({before or 'none'}, not {now or 'none'})"
    return name
