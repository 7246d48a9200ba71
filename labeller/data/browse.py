"""The folders of this computer that a person may look through for images."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labeller.data.kinds import SUFFIXES
from labeller.errors import NotFoundError

ARCHIVES = (".zip", ".npz", ".npy", ".csv", ".tsv", ".parquet")
MOST = 500  # entries looked at: a folder of a million files is no reason to wait


@dataclass(frozen=True)
class FolderListing:
    """One folder: `folders` and `files` (archives and tables) in it by name, and its images.

    `parent` is None at an allowed root; `images` is a number up to MOST, `more` whether there may
    be others.
    """

    path: Path
    parent: Path | None
    folders: tuple[str, ...]
    files: tuple[str, ...]
    images: int
    more: bool


def roots(given: str | None = None) -> list[Path]:
    """The folders that may be looked through: `given`, else $LABELLER_FOLDERS (separated as $PATH
    is), else the home folder.
    """
    text = given if given is not None else os.environ.get("LABELLER_FOLDERS", "")
    named = [Path(part).expanduser() for part in text.split(os.pathsep) if part.strip()]
    found = [path.resolve() for path in named or [Path.home()]]
    return [path for path in dict.fromkeys(found) if path.is_dir()]


def listing(path: str | Path | None, allowed: Sequence[Path]) -> FolderListing:
    """What is in a folder; None: the first of the allowed. Hidden entries are left out.

    Raises NotFoundError for one outside of the `allowed` folders, links followed, and for one that
    is not there or cannot be read.
    """
    if not allowed:
        raise NotFoundError("no folder may be looked through; name some in LABELLER_FOLDERS")
    place = Path(allowed[0] if path is None else path).expanduser().resolve()
    if not inside(place, allowed):
        known = ", ".join(map(str, allowed))
        raise NotFoundError(
            f"{place} is outside of the folders that may be looked through: {known}"
        )
    folders, files, images, count = list[str](), list[str](), 0, 0
    try:
        with os.scandir(place) as entries:
            for count, entry in enumerate(entries, start=1):
                if count > MOST:
                    break
                suffix = Path(entry.name).suffix.lower()
                if entry.name.startswith(".") or os.fsencode(entry.name) != entry.name.encode(
                    errors="replace"
                ):
                    continue  # bytes that are no text cannot be shown on a page
                if _leads_to_folder(entry):
                    if not entry.is_symlink() or inside(Path(entry.path).resolve(), allowed):
                        folders.append(entry.name)
                elif suffix in ARCHIVES:
                    files.append(entry.name)
                else:
                    images += suffix in SUFFIXES
    except OSError as error:
        raise NotFoundError(f"the folder {place} cannot be read ({error.strerror})") from error
    return FolderListing(
        path=place,
        parent=None if place in allowed else place.parent,
        folders=tuple(sorted(folders, key=str.casefold)),
        files=tuple(sorted(files, key=str.casefold)),
        images=images,
        more=count > MOST,
    )


def inside(place: Path, allowed: Sequence[Path]) -> bool:
    """Whether a path without links lies in one of the folders."""
    return any(place == root or root in place.parents for root in allowed)


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one; no where that cannot be told."""
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle, or into a place that is closed to us
        return False
