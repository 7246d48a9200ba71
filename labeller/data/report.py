"""The report of an import: what was found, taken and left out, by reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from labeller.data import Fit
from labeller.data.feed import Chunk
from labeller.records import ImportReport, LeftOut

_NAMES = 5  # of each reason


def grouped(pairs: Iterable[tuple[str, str]]) -> tuple[LeftOut, ...]:
    """The (name, reason) of each file left out, by reason, the most frequent first.

    What stands behind a colon in a reason is of that file alone and goes behind its name.
    """
    names: dict[str, list[str]] = {}
    counts: dict[str, int] = {}
    for name, text in pairs:
        reason, _, detail = text.partition(": ")
        counts[reason] = counts.get(reason, 0) + 1
        first = names.setdefault(reason, [])
        if len(first) < _NAMES:
            first.append(f"{name} ({detail})" if detail else name)
    order = sorted(counts, key=lambda reason: (-counts[reason], reason))
    return tuple(LeftOut(reason, counts[reason], tuple(names[reason])) for reason in order)


@dataclass
class Tally:
    """Counts what an import takes, chunk after chunk; `left_out` is (name, reason) of the rest."""

    fit: Fit
    left_out: list[tuple[str, str]]
    taken: int = 0
    uneven: int = 0
    narrow: int = 0
    least: float = 1.0
    flattened: int = 0

    def add(self, chunk: Chunk) -> None:
        """Count the images of a chunk, and what in it gave none."""
        self.left_out += chunk.unreadable
        self.flattened += chunk.flattened
        self.measure(chunk.shapes)

    def measure(self, shapes: np.ndarray) -> None:
        """Count images by their shapes (n, 3)."""
        shares = shapes[:, :2].min(axis=1) / np.maximum(shapes[:, :2].max(axis=1), 1)
        self.taken += len(shapes)
        self.uneven += int((shares < 1).sum())
        self.narrow += int((shares < 2 / 3).sum())
        self.least = min(self.least, float(shares.min(initial=1.0)))

    def report(self, classes: Sequence[str]) -> ImportReport:
        """What became of all that the source held; `classes` are those that it brought."""
        return ImportReport(
            found=self.taken + len(self.left_out),
            taken=self.taken,
            left_out=grouped(self.left_out),
            letterboxed=self.uneven if self.fit == "letterbox" else 0,
            cropped=self.uneven if self.fit == "crop" else 0,
            narrow=self.narrow,
            least=self.least,
            flattened=self.flattened,
            classes=tuple(classes),
        )
