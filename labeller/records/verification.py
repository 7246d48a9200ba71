"""What was found when all files of a project were read."""

from dataclasses import dataclass
from typing import Literal

FileState = Literal["intact", "no digest", "damaged"]


@dataclass(frozen=True)
class FileCheck:
    """One file: its `path` inside the workspace, its `size` in bytes, and whether it is as written.

    `no digest`: it can be read and fits the others, but was written before files had digests.
    `reason`: how the damage is seen; `meaning`: what follows and what to do; both "" without any.
    """

    path: str
    size: int
    state: FileState
    reason: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Verification:
    """All files of a project that matter, sorted by path."""

    files: tuple[FileCheck, ...]

    @property
    def damaged(self) -> tuple[FileCheck, ...]:
        """Those that are not as they were written, or do not fit the database."""
        return tuple(file for file in self.files if file.state == "damaged")

    @property
    def bytes(self) -> int:
        """The size of all."""
        return sum(file.size for file in self.files)
