"""Images in a folder of the user's, with or without sub-folders, and a single image."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from labeller.data.decode import UnreadableError
from labeller.data.feed import Feed, now_and_then
from labeller.data.files import Files, feed_files, open_file
from labeller.data.kinds import is_hidden, is_image, is_junk
from labeller.data.layout import shown
from labeller.data.sources.registry import PathSource, register
from labeller.errors import DataError
from labeller.events import Progress, Report

_LEAVES = "a link that leaves the folder; put what it points to into the folder"


@register
class Folder(PathSource):
    """Images in a folder and below, in class folders or not.

    Files that systems leave behind are passed over. A link is followed to what lies in the folder
    too, so that what it holds is all that is read; no folder is entered twice.
    """

    name = "folder"
    title = "Folder of images"
    what = "folder"
    rank = 0

    @classmethod
    def accepts(cls, path: Path) -> bool:
        """Any folder."""
        return path.is_dir()

    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """Raises DataError where it cannot be read, has no image, or its classes are not sound."""
        return feed_files(self.files(path, report), size, report, plain)

    def files(self, path: Path, report: Report) -> Files:
        """All image files below the folder."""
        return list_folder(path, report)


@register
class SingleImage(PathSource):
    """One image, to be predicted."""

    name = "image"
    title = "Single image"
    what = "image"
    rank = 3
    only_predicts = True

    @classmethod
    def accepts(cls, path: Path) -> bool:
        """Any file with the ending of an image format that is read."""
        return is_image(path.name) and not path.is_dir()

    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """The feed of that one file."""
        return feed_files(self.files(path, report), size, report, plain=True)

    def files(self, path: Path, report: Report) -> Files:
        """That one file."""
        return FolderFiles(path.name, [path.name], root=path.parent)


@dataclass
class FolderFiles(Files):
    """The image files of the folder `root`."""

    root: Path = Path()

    def open(self, row: int) -> tuple[BinaryIO, int]:
        return open_file(self.root / self.paths[row])

    def size(self, row: int) -> int:
        status = (self.root / self.paths[row]).stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableError("not a regular file")
        return status.st_size

    def path(self, row: int) -> Path:
        return self.root / self.paths[row]


def list_folder(folder: Path, report: Report) -> FolderFiles:
    """All files of a folder and below; raises DataError where it cannot be read."""
    files = FolderFiles(str(folder), root=folder)
    entered: set[tuple[int, int]] = set()
    waiting, links = [""], list[str]()
    rarely = now_and_then(report)
    while waiting or links:  # links last: a folder that is there by itself keeps its own name
        inside = waiting.pop() if waiting else links.pop(0)
        try:
            status = (folder / inside).stat()
            if (status.st_dev, status.st_ino) in entered:
                files.skipped.append((shown(inside), "a link to a folder that is read already"))
                continue
            entered.add((status.st_dev, status.st_ino))
            waiting += reversed(_list_one(files, inside, links))
        except OSError as error:
            if not inside:
                raise DataError(
                    f"{folder} cannot be read ({error.strerror}); check its permissions"
                ) from error
            files.skipped.append((shown(inside), error.strerror or str(error)))
        rarely(Progress("scan", len(files.paths), 0, "Listing the folder"))
    return files


def _list_one(files: FolderFiles, inside: str, links: list[str]) -> list[str]:
    """Add what lies directly in one folder; returns its sub-folders, sorted, links left apart."""
    below: list[str] = []
    anything = False
    with os.scandir(files.root / inside) as entries:
        for entry in entries:
            if is_junk(entry.name):
                continue
            path = f"{inside}/{entry.name}" if inside else entry.name
            if is_hidden(entry.name):  # a .gitkeep leaves a folder as empty as it is
                files.pass_over(path, hidden=True)
                continue
            anything = True
            if entry.is_symlink() and not _leads_inside(files.root, path):
                files.skipped.append((shown(path), _LEAVES))
            elif _is_folder(entry):
                (links if entry.is_symlink() else below).append(path)
            elif is_image(entry.name):
                files.paths.append(path)
            else:
                files.pass_over(path)
    if inside and not anything:
        files.empty.append(inside)
    return sorted(below)


def _leads_inside(root: Path, path: str) -> bool:
    """Whether a link ends within the folder, or nowhere: that is said when it is opened."""
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link to itself
        return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself: reported when it is opened, if it is called like an image
        return False
