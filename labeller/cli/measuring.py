"""The options and the end that the measuring commands share."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeller.cli.follow import Watch
from labeller.cli.frame import err, print_json, say_left_out, usage

if TYPE_CHECKING:
    from labeller.data.images import ImageStore


def numbers(text: str, option: str = "--seeds", kind: Callable[[str], Any] = int) -> list[Any]:
    """The numbers of `0,1,2`."""
    parts = [part for part in text.split(",") if part.strip()]
    try:
        if text and not parts:
            raise ValueError(text)
        return [kind(part) for part in parts]
    except ValueError:
        raise usage(f"{option} must be numbers like 0,1,2, got {text}") from None


def finish(
    result: dict[str, Any], json_file: Path | None, show: Callable[[dict[str, Any]], None]
) -> None:
    """Show what was measured, and write it to a file; for `-` it is printed as JSON instead."""
    if str(json_file) == "-":
        print_json(result)
        return
    show(result)
    if json_file is not None:
        from labeller.store.files import write_bytes

        write_bytes(json_file, (json.dumps(result, indent=2) + "\n").encode())
        err.print(f"Written to {json_file}")


@contextmanager
def kept_in(cache: Path | None) -> Iterator[Path]:
    """The folder that a person named, or one that goes at the end."""
    if cache is not None:
        yield cache
        return
    with tempfile.TemporaryDirectory(prefix="labeller-") as folder:
        yield Path(folder)


@contextmanager
def imported(
    source: str, watch: Watch, *, size: int | None = None, data_dir: Path | None = None
) -> Iterator[ImageStore]:
    """The images of a source, in a folder that goes at the end."""
    from labeller.data.images import ImageStore
    from labeller.data.ingest import ingest

    with kept_in(None) as scratch:
        folder = scratch / "images"
        summary = ingest(source, folder, size=size, data_dir=data_dir, report=watch.report)
        say_left_out(summary.report)
        yield ImageStore(folder)
