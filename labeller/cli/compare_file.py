"""The file of `compare --json`: every finished run in it stays, whatever is asked for next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeller.errors import DataError
from labeller.store.runs import Record, RunFile, only_writer

if TYPE_CHECKING:
    from labeller.comparison.plan import CompareConfig


class CompareFile(RunFile):
    """Runs by key and fingerprint of their settings; a failed one never replaces a finished one."""

    def __init__(self, path: Path | None, about: dict[str, Any]) -> None:
        """`path` None: nothing is written. `about`: what stands in the file beside the runs."""
        super().__init__(path, about, ("source", "size"), _place)
        self._failed: dict[tuple[str, str], Record] = {}  # of this command
        self.images = ""  # the digest of the images that the runs are of; "" unknown

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Read the file, and be the only one who writes it; raises StateError where it cannot."""
        if self.path is None:
            yield
            return
        with only_writer(self.path.with_name(f".{self.path.name}.lock"), self.path):
            self.images = self.read().get("images", "")
            yield

    def of_images(self, digest: str) -> None:
        """The runs are of images with this digest; raises DataError when those kept are not."""
        if self.images and self.runs and self.images != digest:
            raise DataError(
                f"the images of {self.head['source']} are others than when {self.path} was "
                "written; name another file"
            )
        self.images = digest

    def keep(self, record: Record) -> None:
        """Keep a run at once."""
        place = _place(record)
        if record["state"] == "failed":
            self._failed[place] = record
        if record["state"] == "done" or self.runs.get(place, {}).get("state") != "done":
            super().keep(record)
        else:
            self.write()

    def content(self) -> Record:
        """What the file holds."""
        return {**self.head, "images": self.images, "cells": list(self.runs.values())}

    def wanted(self, config: CompareConfig) -> list[Record]:
        """The runs of `config`, in its order; each must be there."""
        from labeller.comparison.plan import cells, fingerprint

        places = [(cell.key, fingerprint(config, cell.method)) for cell in cells(config)]
        return [self._failed.get(place) or self.runs[place] for place in dict.fromkeys(places)]


def _place(record: Record) -> tuple[str, str]:
    return record["key"], record["settings"]
