"""True labels of an image store: read here, for evaluation and simulated experts only."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from labeller.data.images import IMAGES
from labeller.data.sealed import read_array, seal
from labeller.errors import DataError

TARGETS = "targets.npy"


def read_targets(folder: str | Path) -> np.ndarray | None:
    """The true class of each image of the store in `folder`, or None when none is known.

    Returns (N,) int64 in [-1, classes), -1 where the class of an image is unknown.
    Raises DataError when the file is there but damaged.
    """
    path = Path(folder) / TARGETS
    if not path.exists():
        return None
    targets = read_array(path)
    if targets.ndim != 1 or targets.dtype.kind not in "iu":
        raise DataError(f"{path} must hold one whole number per image; import the images again")
    return targets.astype(np.int64)


def has_targets(folder: Path) -> bool:
    """Whether the class of an image in the store is known."""
    return (folder / TARGETS).exists()


def join_targets(
    folder: Path, added: Path, rows: np.ndarray, numbers: Sequence[int], target: Path
) -> None:
    """Write the targets of the store `target`: those of `folder`, then of `rows` of `added`.

    Class k of `added` has the number `numbers[k]`. Nothing is written where none is known.
    """
    before, after = read_targets(folder), read_targets(added)
    if before is None and (after is None or not (after[rows] >= 0).any()):
        return
    count = len(read_array(folder / IMAGES, "r"))
    own = np.full(count, -1, np.int64) if before is None else before
    new = np.full(len(rows), -1, np.int64)
    if after is not None:
        known = after[rows] >= 0
        new[known] = np.asarray(numbers, np.int64)[after[rows][known]]
    _write(target / TARGETS, np.concatenate([own, new]))


def renumber_targets(folder: str | Path, numbers: Sequence[int]) -> None:
    """Give class k of the source the number `numbers[k]`: a person may have named some first."""
    targets = read_targets(folder)
    if targets is None or list(numbers) == list(range(len(numbers))):
        return
    known = targets >= 0
    targets[known] = np.asarray(numbers, dtype=np.int64)[targets[known]]
    part = Path(folder) / f"{TARGETS}.part"
    _write(part, targets)
    part.replace(Path(folder) / TARGETS)


def _write(path: Path, targets: np.ndarray) -> None:
    with path.open("w+b") as file:
        np.save(file, targets)
        seal(file)
