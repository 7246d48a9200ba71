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
    middle was kept. `narrow` are less than two thirds as wide as long, or as long as wide, and the
    narrowest `least` in (0, 1]: so much of a square they fill, or is kept of them. `flattened` were
    transparent and are laid on white. `classes` are the names that the source brought, None where
    an older version did not keep them apart.
    """

    found: int
    taken: int
    left_out: tuple[LeftOut, ...] = ()
    letterboxed: int = 0
    cropped: int = 0
    narrow: int = 0
    least: float = 1.0
    flattened: int = 0
    classes: tuple[str, ...] | None = ()

    @property
    def text(self) -> str:
        """In a sentence; the reasons stand in `left_out`."""
        parts = [f"{self.found:,} found", f"{self.taken:,} taken"]
        parts.append(f"{self.found - self.taken:,} left out")
        if self.letterboxed:
            words = f"{self.narrow:,} in less than two thirds of their square, the narrowest in"
            more = f" ({words} {self.least:.1%})" if self.narrow else ""
            parts.append(f"{self.letterboxed:,} not square, kept whole between margins{more}")
        if self.cropped:
            words = f"of {self.narrow:,} more than a third is lost, and all of the narrowest but"
            more = f" ({words} {self.least:.1%})" if self.narrow else ""
            parts.append(f"{self.cropped:,} not square, only their middle kept{more}")
        if self.flattened:
            parts.append(f"{self.flattened:,} transparent, laid on white")
        classes = "" if self.classes is None else f"; {_classes(self.classes)}"
        return f"{', '.join(parts)}{classes}."


def read_report(stored: Mapping[str, Any]) -> ImportReport:
    """The report as the database keeps it."""
    reasons = (
        LeftOut(one["reason"], one["count"], tuple(one["names"])) for one in stored["left_out"]
    )
    counts = {key: int(stored.get(key, 0)) for key in _COUNTS}
    least = float(stored.get("least", 1.0))
    return ImportReport(
        **counts, least=least, left_out=tuple(reasons), classes=tuple(stored["classes"])
    )


_COUNTS = ("found", "taken", "letterboxed", "cropped", "narrow", "flattened")


def _classes(names: tuple[str, ...]) -> str:
    if not names:
        return "no classes found"
    some = ", ".join(names[:10]) + (f" and {len(names) - 10:,} more" if len(names) > 10 else "")
    return f"{len(names):,} {'class' if len(names) == 1 else 'classes'} found: {some}"
