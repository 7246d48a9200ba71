"""The contract of a source of images: a set that goes by a name, or a kind of path."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from labeller.config import Settings
from labeller.data.feed import Feed
from labeller.data.files import Files
from labeller.events import Report


class Source(ABC):
    """What images come from: a subclass of one of the two below, which opens them as a feed.

    `name` and `title` say what it is; `rank` where it stands in lists, the lowest first. The web
    server asks for all of this, so that what loads torch is imported inside functions alone.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    rank: ClassVar[int] = 100

    class Config(Settings):
        """Settings of a source, each described and with bounds; it is opened with the defaults."""

    def __init__(self, config: Any) -> None:
        """`config` is a record of the class's `Config`."""
        self.config = config


class NamedSource(Source):
    """A set of images that `labeller create --source NAME` and the form of a new project offer.

    `count` images of `size` pixels with `channels` (1 or 3); `download` where it is fetched once.
    """

    count: ClassVar[int]
    size: ClassVar[int]
    channels: ClassVar[int]
    download: ClassVar[bool] = False

    @abstractmethod
    def open(self, size: int | None, data_dir: Path, report: Report) -> Feed:
        """The images as squares of `size` pixels (None: its own), downloaded into `data_dir`.

        Raises DataError where they are absent and cannot be downloaded, or are damaged.
        """

    @classmethod
    def present(cls, data_dir: Path) -> bool:
        """Whether it can be opened without a download into `data_dir`."""
        return not cls.download


class PathSource(Source):
    """A kind of folder or file of the user's.

    `what` it is called behind "a" in messages. Of two that accept a path, the one with the higher
    rank opens it. `only_predicts`: it holds one image, too few for a project.
    """

    what: ClassVar[str]
    only_predicts: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def accepts(cls, path: Path) -> bool:
        """Whether this is the kind of `path`, which exists; nothing in it is read."""

    @abstractmethod
    def open(self, path: Path, size: int | None, report: Report, plain: bool) -> Feed:
        """The images at `path` as squares of `size` pixels (None: by the rule of `choose_size`).

        `plain`: they are to be predicted, and names of folders mean nothing. Raises DataError.
        """

    def files(self, path: Path, report: Report) -> Files | None:
        """The image files at `path`, to be read again one by one; None for what is no set of files.

        Raises DataError as `open`.
        """
        return None
