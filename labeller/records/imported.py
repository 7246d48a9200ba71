"""What became of everything that an import found."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LeftOut:
    """What was left out for one reason: how many, and the names of the first of them.

    What is particular to a file stands behind its name: `a.png (image file is truncated)`.
    """

    reason: str
    count: int
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """In a line: how many, why, and the first names."""
        more = self.count - len(self.names)
        names = ", ".join(self.names) + (f" and {more:,} more" if more else "")
        return f"{self.count:,} left out, {self.reason}: {names}"


@dataclass(frozen=True)
class ImportReport:
    """What became of everything that a source held: `found` is `taken` and what was left out.

    Of those taken, `letterboxed` were not square and stand between margins, of `cropped` only the
    middle was kept, and `long` are more than twice as long as wide. `classes` are the names that
    the source brought, None where an older version did not keep them apart.
    """

    found: int
    taken: int
    left_out: tuple[LeftOut, ...] = ()
    letterboxed: int = 0
    cropped: int = 0
    long: int = 0
    classes: tuple[str, ...] | None = ()

    @property
    def text(self) -> str:
        """In a sentence; the reasons stand in `left_out`."""
        parts = [f"{self.found:,} found", f"{self.taken:,} taken"]
        parts.append(f"{self.found - self.taken:,} left out")
        long = f" ({self.long:,} more than twice as long as wide)" if self.long else ""
        if self.letterboxed:
            parts.append(f"{self.letterboxed:,} not square, kept whole between margins{long}")
        if self.cropped:
            parts.append(f"{self.cropped:,} not square, only their middle kept{long}")
        classes = "" if self.classes is None else f"; {_classes(self.classes)}"
        return f"{', '.join(parts)}{classes}."


def read_report(stored: Mapping[str, Any]) -> ImportReport:
    """The report as the database keeps it."""
    reasons = (
        LeftOut(one["reason"], one["count"], tuple(one["names"])) for one in stored["left_out"]
    )
    counts = {key: int(stored[key]) for key in ("found", "taken", "letterboxed", "cropped", "long")}
    return ImportReport(**counts, left_out=tuple(reasons), classes=tuple(stored["classes"]))


def _classes(names: tuple[str, ...]) -> str:
    if not names:
        return "no classes found"
    some = ", ".join(names[:10]) + (f" and {len(names) - 10:,} more" if len(names) > 10 else "")
    return f"{len(names):,} {'class' if len(names) == 1 else 'classes'} found: {some}"
