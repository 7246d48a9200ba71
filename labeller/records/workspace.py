"""What can be said of a workspace as a whole."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Backup:
    """A copy of the database, how many changes it knows, and when (UTC) it was made."""

    path: Path
    changes: int
    at: datetime


@dataclass(frozen=True)
class Recovered:
    """How a database was brought back.

    `base`: the copy that it began with; `changes`: how many of the journal were added to it, the
    last one at `until` (UTC); `set_aside`: where the files are that were in the way; `missing`: in
    words, what did not come back.
    """

    base: str
    changes: int
    until: datetime | None
    set_aside: Path | None
    missing: list[str] = field(default_factory=list)
