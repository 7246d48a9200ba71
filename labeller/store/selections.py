"""Answers about images that were selected one by one or as a region, and not about a card."""

import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from secrets import token_hex

import numpy as np

from labeller.rounds.propagation import NO_LABEL, Marks
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Answer

# A person sees so many pictures at once: of more, most were not looked at one by one.
LOOKED_AT = 200


@dataclass(frozen=True, eq=False)
class Selection:
    """An answer that stands, and the numbers (n,) int64 of the images that it is about."""

    answer: Answer
    images: np.ndarray

    @property
    def looked(self) -> bool:
        """Whether they are few enough that each was looked at."""
        return len(self.images) <= LOOKED_AT


def pack(images: Iterable[int]) -> bytes:
    """The numbers, sorted and without repetition, as they are stored."""
    numbers = np.unique(np.fromiter(images, np.int64))
    return zlib.compress(np.diff(numbers, prepend=0).astype("<u4").tobytes())


def unpack(stored: bytes) -> np.ndarray:
    """The numbers (n,) int64 that were packed, in order."""
    return np.cumsum(np.frombuffer(zlib.decompress(stored), "<u4").astype(np.int64))


def new_key() -> str:
    """Names a selection where a card has the key of its node."""
    return f"selection-{token_hex(8)}"


def selections(
    rows: ProjectRows, number: int | None = None, *, without: Collection[int] = ()
) -> Iterator[Selection]:
    """Those that stand, of one round or of all, oldest first; those numbered `without` do not."""
    for answer in rows.given(number):
        if answer.size is not None and answer.number not in without:
            yield Selection(answer, unpack(answer.images or pack([])))


def selection_marks(
    rows: ProjectRows, number: int, *, without: Collection[int] = ()
) -> Iterator[Marks]:
    """What the selections of a round say of their images."""
    for one in selections(rows, number, without=without):
        if one.answer.kind != "label" or one.answer.label is None:
            continue
        yield Marks(
            answer=one.answer.number,
            label=rows.merged.of(one.answer.label),
            weight=one.answer.confidence,
            right=one.images,
            distance=np.full(len(one.images), np.nan, np.float32),
            wrong=np.zeros(0, np.int64),
            looked=one.looked,
        )


def set_aside(rows: ProjectRows, *, without: Collection[int] = ()) -> np.ndarray:
    """Numbers (n,) int64 of the images that get no label, are not taught and not asked about.

    An image that was set aside and is in a later selection with a label is back.
    """
    aside = np.zeros(rows.project.data.get("count", 0), bool)
    for one in selections(rows, without=without):
        aside[one.images] = one.answer.kind == "exclude"
    return np.flatnonzero(aside)


def selected_labels(rows: ProjectRows, number: int) -> np.ndarray:
    """The class (N,) int64 that the selections of a round give each image, NO_LABEL none."""
    labels = np.full(rows.project.data.get("count", 0), NO_LABEL, np.int64)
    for one in selection_marks(rows, number):
        labels[one.right] = one.label
    return labels
