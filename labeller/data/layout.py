"""Which images train, which are held out, and which class each has, from their paths alone.

The rules, in order:
1. A single folder that holds all other folders is only a wrapper: its content counts.
2. When every folder of the level is called like a split, and one is for training, they are the
   splits: `train`/`training` train; `test`/`testing` are held out; `val`/`valid`/`validation`
   are held out when there is no test folder and train otherwise. Without such folders all train.
3. Two or more folders below, with images directly in them, are the classes (the same names in
   each split), and so are empty folders beside them; images beside them have no known class.
4. One folder only: its name is a class to answer with, unless it is one of a place (`images`), but
   not the known class of its images: there would be nothing to tell it from.
5. Images in deeper folders, or more than 1000 classes: no classes, all unknown.
A class that is only held out is an error.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import numpy as np

from labeller.errors import DataError
from labeller.records.names import LONGEST, visible

MAX_CLASSES = 1000
_TRAIN = {"train", "training"}
_TEST = {"test", "testing"}
_VALIDATION = {"val", "valid", "validation"}
_SPLITS = _TRAIN | _TEST | _VALIDATION
# What a folder is called that only says where images lie.
_PLACES = {"all", "data", "dataset", "image", "images", "img", "imgs"}
_PLACES |= {"photo", "photos", "picture", "pictures"}


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


def read_layout(source: str, paths: Sequence[str], empty: Sequence[str]) -> Layout:
    """Splits and classes of the images at `paths` (relative, with /), by the rules above.

    `empty` are folders with nothing in them. Raises DataError.
    """
    depth = _wrapper_depth(paths, empty)
    splits, has_splits = _read_splits(source, paths, empty, depth)
    notes: list[str] = []
    classes, targets = _read_classes(source, paths, empty, depth + has_splits, splits, notes)
    held_out = (splits == "test").tolist()
    order = np.array(
        sorted(range(len(paths)), key=lambda row: (held_out[row], paths[row])), dtype=np.int64
    )
    names = [shown(name) for name in classes]
    return Layout(order, splits[order], targets[order], names, notes)


def layout_of(
    labels: Sequence[str], splits: np.ndarray, names: Sequence[str] | None = None
) -> Layout:
    """The layout of images whose classes are known by name ("" unknown), in the order given.

    `splits` (N,) "train" or "test"; `names` are the classes in their order, None: those that occur.
    """
    notes: list[str] = []
    classes = in_order(set(labels) - {""}) if names is None else list(names)
    if len(classes) > MAX_CLASSES:
        notes.append(f"{len(classes)} classes are more than {MAX_CLASSES}: none were taken.")
        classes = []
    number = {name: position for position, name in enumerate(classes)}
    order = np.argsort(splits == "test", kind="stable").astype(np.int64)
    targets = np.array([number.get(label, -1) for label in labels], dtype=np.int64)
    return Layout(order, splits[order], targets[order], [shown(name) for name in classes], notes)


def splits_of(source: str, values: Sequence[str]) -> np.ndarray:
    """(N,) "train" or "test" by the names of splits that a list has ("": train).

    Those for validation are held out where none are for tests. Raises DataError for another name.
    """
    lower = [value.lower() for value in values]
    there = set(lower) - {""}
    if there - _SPLITS:
        raise DataError(
            f"the split in {source} must be train, validation or test, got "
            f"{shown(min(there - _SPLITS))}; rename it, or the column"
        )
    test = _TEST if there & _TEST else _VALIDATION
    if not set(lower) - test:
        test = set()
    return np.where([value in test for value in lower], "test", "train").astype("<U5")


def is_split(name: str) -> bool:
    """Whether that is what a split is called."""
    return name.lower() in _SPLITS


def splits_by_folder(source: str, paths: Sequence[str], empty: Sequence[str]) -> np.ndarray:
    """(N,) "train" or "test" by the names of folders, as in `read_layout`."""
    return _read_splits(source, paths, empty, _wrapper_depth(paths, empty))[0]


def plain_layout(paths: Sequence[str]) -> Layout:
    """All images train and no class is known, whatever the folders are called."""
    order = np.array(sorted(range(len(paths)), key=paths.__getitem__), dtype=np.int64)
    splits = np.full(len(paths), "train", dtype="<U5")
    return Layout(order, splits, np.full(len(paths), -1, dtype=np.int64), [])


def in_order(names: set[str]) -> list[str]:
    """Sorted; by value when all are whole numbers, so that 10 comes after 9."""
    if all(name.isascii() and name.isdigit() for name in names):
        return sorted(names, key=lambda name: (int(name), name))
    return sorted(names)


def shown(name: str) -> str:
    """A name that can be stored and shown, whatever bytes the file system had (? for those)."""
    return visible(name)


def class_titles(names: Sequence[str]) -> list[str]:
    """Names of classes as they may be: visible, of at most LONGEST characters, no two alike."""
    titles: dict[str, None] = {}
    for name in names:
        number, title = 1, (whole := visible(name.strip())[:LONGEST].strip() or "?")
        while title in titles:
            number += 1
            title = f"{whole[: LONGEST - 8]} ({number})"
        titles[title] = None
    return list(titles)


def _folder_at(path: str, level: int) -> str:
    """The folder of an image at a level of the tree, "" when the image lies there itself."""
    parts = path.split("/", level + 1)
    return sys.intern(parts[level]) if len(parts) > level + 1 else ""


def _names_at(empty: Sequence[str], level: int) -> set[str]:
    """The empty folders, or those above them, at a level of the tree."""
    split = (path.split("/") for path in empty)
    return {parts[level] for parts in split if len(parts) > level}


def _wrapper_depth(paths: Sequence[str], empty: Sequence[str]) -> int:
    """How many single folders wrap everything."""
    depth = 0
    while True:
        here = {_folder_at(path, depth) for path in paths}
        last = all(path.count("/") <= depth + 1 for path in paths)
        if len(here) != 1 or "" in here or last or _names_at(empty, depth) - here:
            return depth
        depth += 1


def _read_splits(
    source: str, paths: Sequence[str], empty: Sequence[str], depth: int
) -> tuple[np.ndarray, bool]:
    """(N,) "train" or "test", and whether there are split folders at all."""
    everything = np.full(len(paths), "train", dtype="<U5")
    first = [_folder_at(path, depth).lower() for path in paths]
    there = set(first)
    folders = there | {name.lower() for name in _names_at(empty, depth)}
    if not folders <= _SPLITS or not folders & _TRAIN:
        return everything, False
    if not there & _TRAIN:
        raise DataError(
            f"the training folder of {source} holds no images; put the images to label there"
        )
    test = _TEST if there & _TEST else _VALIDATION
    held_out = np.array([name in test for name in first])
    return np.where(held_out, "test", everything), True


def _read_classes(
    source: str,
    paths: Sequence[str],
    empty: Sequence[str],
    level: int,
    splits: np.ndarray,
    notes: list[str],
) -> tuple[list[str], np.ndarray]:
    """The class names, and (N,) int64 the class of each image (-1 unknown); adds to `notes`."""
    unknown = np.full(len(paths), -1, dtype=np.int64)
    names = [_folder_at(path, level) for path in paths]
    folders = set(names) - {""}
    if not folders:
        return [], unknown
    if any(path.count("/") > level + 1 for path in paths):
        notes.append(
            "Images lie more than one folder deep, so that folder names were not taken as classes."
        )
        return [], unknown
    without = _names_at(empty, level) - folders
    classes = in_order(folders | without)
    if len(classes) > MAX_CLASSES:
        notes.append(
            f"{len(classes)} folders are more than {MAX_CLASSES} classes: none were taken."
        )
        return [], unknown
    _check_taught(source, names, splits, folders)
    if len(classes) < 2:
        return _only_class(source, classes[0], notes), unknown
    if without:
        some = ", ".join(shown(name) for name in in_order(without)[:5])
        notes.append(f"{len(without)} class folders hold no images: {some}. They are classes too.")
    number = {name: position for position, name in enumerate(classes)}
    return classes, np.array([number.get(name, -1) for name in names], dtype=np.int64)


def _only_class(source: str, name: str, notes: list[str]) -> list[str]:
    """The classes where there is one folder of images; adds to `notes`."""
    one = f"There is only one folder of images, {shown(name)}: its name"
    if name.lower() in _PLACES | _SPLITS or name.lower() == PurePath(source).stem.lower():
        notes.append(f"{one} was not taken as a class.")
        return []
    notes.append(f"{one} is a class to answer with, and nothing is measured with it.")
    return [name]


def _check_taught(source: str, names: list[str], splits: np.ndarray, folders: set[str]) -> None:
    """Raises DataError for a class without training images."""
    labelled = zip(names, splits.tolist(), strict=True)
    taught = {name for name, split in labelled if split == "train"} - {""}
    if taught and folders - taught:
        raise DataError(
            f"the class {shown(min(folders - taught))} in {source} is held out but has no training "
            "images; add some or delete its folder"
        )
