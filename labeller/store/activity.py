"""The log of who did what in a published workspace: lines of JSON, appended, bounded in size."""

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from labeller.errors import one_line
from labeller.records.acting import ActView
from labeller.store.schema import now

log = logging.getLogger(__name__)

NAME = "activity.jsonl"
LARGEST = 8 * 2**20  # bytes of a file, about 40,000 acts
KEPT = 4  # older files beside it: activity.jsonl.1 is the newest of them
LONGEST = 300  # characters of what an act was about


def note(folder: Path, person: str, verb: str, project: str, about: str, done: bool) -> None:
    """Appends one act; what prevents it is logged, and harms nobody."""
    path = folder / NAME
    act = {
        "at": now().isoformat(timespec="seconds"),
        "person": person[:200],
        "verb": verb,
        "project": project[:100],
        "about": about[:LONGEST],
        "done": done,
    }
    try:
        with FileLock(folder / "locks" / "activity"):
            if path.exists() and path.stat().st_size > LARGEST:
                _turn(path)
            with path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(act) + "\n")
    except OSError as error:
        log.warning("what %s did (%s) could not be noted: %s", person, verb, one_line(error))


def acts(folder: Path) -> Iterator[ActView]:
    """All acts that are kept, oldest first; a line that is damaged is left out."""
    for number in range(KEPT, -1, -1):
        path = folder / (f"{NAME}.{number}" if number else NAME)
        if not path.exists():
            continue
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                act = json.loads(line)
                yield ActView(**{**act, "at": datetime.fromisoformat(act["at"])})
            except (ValueError, KeyError, TypeError):
                continue


def _turn(path: Path) -> None:
    """The full file becomes number 1, each older one the next, and the oldest goes."""
    for number in range(KEPT, 0, -1):
        newer = path.with_name(f"{NAME}.{number - 1}") if number > 1 else path
        if newer.exists():
            newer.replace(path.with_name(f"{NAME}.{number}"))
