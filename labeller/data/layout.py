"""Which images train, which are held out, and which class each has, from their paths alone.

The rules, in order:
1. A single folder that holds everything else is only a wrapper: its content counts.
2. When every folder of the level is called like a split, and one is for training, they are the
   splits: `train`/`training` train; `test`/`testing` are held out; `val`/`valid`/`validation`
   are held out when there is no test folder and train otherwise. Without such folders all train.
3. Two or more folders below, with images directly in them, are the classes (the same names in
   each split); images beside them have no known class.
4. Images in deeper folders, one folder only, or more than 1000 of them: no classes, all unknown.
An empty folder among the classes, or a class that is only held out, is an error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from labeller.errors import DataError

MAX_CLASSES = 1000
_TRAIN = {"train", "training"}
_TEST = {"test", "testing"}
_VALIDATION = {"val", "valid", "validation"}
_SPLITS = _TRAIN | _TEST | _VALIDATION


@dataclass(frozen=True)
class Layout:
    """Order and meaning of the images.

    order (N,) int64: rows of the given paths, training first, each split sorted by path;
    splits (N,) "<U5" and targets (N,) int64 (-1 unknown) in that order.
    """

    order: np.ndarray
    splits: np.ndarray
    targets: np.ndarray
    classes: list[str]
    notes: list[str] = field(default_factory=list)


def read_layout(source: str, paths: Sequence[str], folders: Iterable[str]) -> Layout:
    """Splits and classes of the images at `paths` (relative, with /), by the rules above.

    `folders` are the folders that hold no image in them or below, True content or not.
    Raises DataError.
    """
    empty = [tuple(folder.split("/")) for folder in folders]
    parts = [tuple(path.split("/")) for path in paths]
    depth = _wrapper_depth(parts, empty)
    splits, has_splits = _read_splits(source, parts, empty, depth)
    notes: list[str] = []
    level = depth + has_splits
    classes, names = _read_classes(source, parts, empty, level, splits, notes)
    number = {name: position for position, name in enumerate(classes)}
    targets = np.array([number.get(name, -1) for name in names], dtype=np.int64)
    held_out = splits == "test"
    order = np.array(
        sorted(range(len(paths)), key=lambda row: (held_out[row], paths[row])), dtype=np.int64
    )
    return Layout(order, splits[order], targets[order], classes, notes)


def _wrapper_depth(parts: list[tuple[str, ...]], empty: list[tuple[str, ...]]) -> int:
    """How many single folders wrap everything."""
    depth = 0
    while True:
        here = {path[depth] if len(path) > depth + 1 else "" for path in parts}
        beside = {path[depth] for path in empty if len(path) > depth} - here
        if len(here) != 1 or "" in here or beside:
            return depth
        depth += 1


def _read_splits(
    source: str, parts: list[tuple[str, ...]], empty: list[tuple[str, ...]], depth: int
) -> tuple[np.ndarray, bool]:
    """(N,) "train" or "test", and whether there are split folders at all."""
    everything = np.full(len(parts), "train", dtype="<U5")
    first = [path[depth] if len(path) > depth + 1 else "" for path in parts]
    there = {name.lower() for name in first}
    folders = there | {path[depth].lower() for path in empty if len(path) > depth}
    if "" in folders or not folders <= _SPLITS or not folders & _TRAIN:
        return everything, False
    if not there & _TRAIN:
        raise DataError(
            f"the training folder of {source} holds no images; put the images to label there"
        )
    test = _TEST if there & _TEST else _VALIDATION
    held_out = np.array([name.lower() in test for name in first])
    return np.where(held_out, "test", everything), True


def _read_classes(
    source: str,
    parts: list[tuple[str, ...]],
    empty: list[tuple[str, ...]],
    level: int,
    splits: np.ndarray,
    notes: list[str],
) -> tuple[list[str], list[str]]:
    """The class names, and the name of each image's class ("" unknown)."""
    names = [path[level] if len(path) > level + 1 else "" for path in parts]
    unknown = [""] * len(parts)
    found = set(names) - {""}
    if not found:
        return [], unknown
    if any(len(path) > level + 2 for path in parts):
        notes.append(
            "Images lie more than one folder deep, so that folder names were not taken as classes."
        )
        return [], unknown
    if len(found) > MAX_CLASSES:
        notes.append(f"{len(found)} folders are more than {MAX_CLASSES} classes: none were taken.")
        return [], unknown
    _check_missing(source, names, splits, found, {p[level] for p in empty if len(p) > level})
    if len(found) < 2:
        notes.append("There is only one folder of images, so that its name is not a class.")
        return [], unknown
    return _in_order(found), names


def _check_missing(
    source: str, names: list[str], splits: np.ndarray, found: set[str], empty: set[str]
) -> None:
    """Raises DataError for a class without images, or without training images."""
    if empty - found:
        raise DataError(
            f"the class {min(empty - found)} in {source} has no images; add some or delete its "
            "folder"
        )
    taught = {name for name, split in zip(names, splits, strict=True) if split == "train"} - {""}
    if taught and found - taught:
        raise DataError(
            f"the class {min(found - taught)} in {source} is held out but has no training images; "
            "add some, or delete its folder"
        )


def _in_order(names: set[str]) -> list[str]:
    """Sorted; by value when all are whole numbers, so that 10 comes after 9."""
    if all(name.isascii() and name.isdigit() for name in names):
        return sorted(names, key=lambda name: (int(name), name))
    return sorted(names)
