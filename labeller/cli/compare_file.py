"""The file of `compare --json`: every finished run in it stays, whatever is asked for next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from labeller.errors import DataError, StateError

if TYPE_CHECKING:
    from labeller.comparison.plan import CompareConfig

Record = dict[str, Any]
Place = tuple[str, str]  # a run's key, and the fingerprint of the settings that it was made with


class RunFile:
    """Runs by key and settings, in a file or in memory alone."""

    def __init__(self, path: Path | None, about: dict[str, Any]) -> None:
        """`path` None: nothing is written. `about`: what stands in the file beside the runs."""
        self.path, self.about = path, about
        self.runs: dict[Place, Record] = {}
        self._failed: dict[Place, Record] = {}  # of this command
        self.images = ""  # the mark of the images that the runs are of; "" unknown

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Read the file, and be the only one who writes it.

        Raises DataError when it is of other images or of no comparison, StateError when another
        command writes to it.
        """
        if self.path is None:
            yield
            return
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise StateError(
                f"another run writes to {self.path}; wait for it, stop it, or name another file"
            ) from None
        try:
            self._read(self.path)
            yield
        finally:
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)

    def of_images(self, mark: str) -> None:
        """The runs are of images with this mark; raises DataError when those kept are of others."""
        if self.images and self.runs and self.images != mark:
            raise DataError(
                f"the images of {self.about['source']} are others than when {self.path} was "
                "written; name another file"
            )
        self.images = mark

    def keep(self, record: Record) -> None:
        """Keep a run at once; a run that failed never takes the place of one that did not."""
        place = _place(record)
        if record["state"] == "failed":
            self._failed[place] = record
        if record["state"] == "done" or self.runs.get(place, {}).get("state") != "done":
            self.runs[place] = record
        if self.path is not None:
            _write(self.path, self.content())

    def content(self) -> dict[str, Any]:
        """What the file holds."""
        return {**self.about, "images": self.images, "cells": list(self.runs.values())}

    def wanted(self, config: CompareConfig) -> list[Record]:
        """The runs of `config`, in its order; each must be there."""
        from labeller.comparison.plan import cells, fingerprint

        places = [(cell.key, fingerprint(config, cell.method)) for cell in cells(config)]
        return [self._failed.get(place) or self.runs[place] for place in dict.fromkeys(places)]

    def _read(self, path: Path) -> None:
        if not path.exists():
            return
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            source, size = found["source"], found["size"]
            self.runs = {_place(record): record for record in found["cells"]}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise DataError(f"{path} is no comparison of this command; name another file") from None
        for what, kept, asked in (
            ("", source, self.about["source"]),
            ("a size of ", size or "the images' own", self.about["size"] or "the images' own"),
        ):
            if kept != asked:
                raise DataError(
                    f"{path} compares on {what}{kept}, not {what}{asked}; name another file"
                )
        self.images = found.get("images", "")


def _place(record: Record) -> Place:
    return record["key"], record["settings"]


def _write(path: Path, value: dict[str, Any]) -> None:
    """Whole or not at all: a kill while it is written must not lose the runs before."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
