"""Sources of images by name and by path: one room of `labeller.registry`."""

import difflib
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from labeller.config.paths import data_folder
from labeller.data.feed import Feed
from labeller.data.files import Files
from labeller.errors import DataError, NotFoundError, UnknownNameError
from labeller.events import Report, silent
from labeller.registry import Room, Thing, unloaded_hint


class Source(Thing):
    """What images come from: a subclass of one of the two below, which opens them as a feed.

    `rank`: where it stands in lists, the lowest first. It is opened with the default settings.
    """

    rank: ClassVar[int] = 100


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


def _check_facts(cls: type[Source]) -> None:
    if issubclass(cls, NamedSource):
        for field in ("count", "size", "channels"):
            value = getattr(cls, field, None)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{field} of {cls.name} must be 1 or more, got {value}")
    elif not issubclass(cls, PathSource):
        raise ValueError(f"a source must be a NamedSource or a PathSource, got {cls}")
    elif not isinstance(getattr(cls, "what", None), str):
        raise ValueError(f"a source of paths must have a what (a string), got none in {cls.name}")


ROOM = Room[Source]("labeller.data.sources", noun="source", base=Source, check=_check_facts)
register = ROOM.register


def named() -> dict[str, type[NamedSource]]:
    """The sources that need no path by name, in the order of lists."""
    return {cls.name: cls for cls in _in_order() if issubclass(cls, NamedSource)}


def names() -> list[str]:
    """Their names."""
    return list(named())


def kinds_of_path() -> list[type[PathSource]]:
    """The sources that are paths, in the order of lists."""
    return [cls for cls in _in_order() if issubclass(cls, PathSource)]


def describe_sources() -> list[dict[str, Any]]:
    """One record per named source: name, title, count, size (pixels), channels, download (bool)."""
    facts = ("name", "title", "count", "size", "channels", "download")
    return [{fact: getattr(cls, fact) for fact in facts} for cls in named().values()]


def located(source: str, plain: bool = False) -> str:
    """`source` as it can be opened from anywhere: a name as it is, a path from the root.

    `plain` as in `open_source`. Raises NotFoundError for what is neither, and DataError for a path
    that no source accepts.
    """
    if not source.strip():
        raise NotFoundError(f"source must not be empty; give a path or one of {', '.join(names())}")
    if source in named():
        return source
    path = Path(source).expanduser().absolute()
    if not _exists(path):
        raise NotFoundError(_missing(source))
    _kind_of(path, plain)
    return str(path)


def open_source(
    source: str,
    size: int | None,
    data_dir: str | Path | None = None,
    report: Report = silent,
    plain: bool = False,
) -> Feed:
    """The feed of a named source, or of the folder or file at a path.

    `plain`: for predictions, so that a single image will do and no class is read. Raises
    NotFoundError and DataError as `located`, and what the source raises.
    """
    place = located(source, plain)
    if place in named():
        return open_named(place, size, data_dir, report)
    kind = _kind_of(Path(place), plain)
    return kind(kind.Config()).open(Path(place), size, report, plain)


def open_files(source: str, report: Report = silent) -> Files | None:
    """The image files behind a source, to be read again; None for arrays and named sets.

    Raises NotFoundError and DataError as `open_source`.
    """
    place = located(source, plain=True)
    if place in named():
        return None
    kind = _kind_of(Path(place), plain=True)
    return kind(kind.Config()).files(Path(place), report)


def open_named(
    name: str, size: int | None, data_dir: str | Path | None = None, report: Report = silent
) -> Feed:
    """The feed of the source called `name`, downloaded into `data_dir` when it is not there.

    Raises ValueError for an unknown name, DataError when the set is absent and cannot be
    downloaded, or is damaged.
    """
    sources = named()
    if name not in sources:
        raise UnknownNameError("source", name, sources, unloaded_hint())
    cls = sources[name]
    return cls(cls.Config()).open(size, data_folder(data_dir), report)


def _in_order() -> list[type[Source]]:
    return sorted(ROOM.things().values(), key=lambda cls: (cls.rank, cls.name))


def _kind_of(path: Path, plain: bool) -> type[PathSource]:
    """Who opens `path`: the more special ones, of higher rank, are asked first."""
    kinds = [kind for kind in kinds_of_path() if plain or not kind.only_predicts]
    for kind in reversed(kinds):
        if kind.accepts(path):
            return kind
    one_of = _either([f"a {what}" for what in _whats()])
    raise DataError(
        f"{path.name} is not {one_of}; put the images into a folder or a .zip and give its path"
    )


def _missing(name: str) -> str:
    near = difflib.get_close_matches(name.lower(), names(), n=1)
    hint = f" (did you mean {near[0]}?)" if near else unloaded_hint()
    return (
        f"there is no folder or file {name}{hint}; give the path of a {_either(_whats())}, or one "
        f"of {', '.join(names())}"
    )


def _whats() -> list[str]:
    """What the kinds of paths that make a project are called, each once."""
    kinds = (kind.what for kind in kinds_of_path() if not kind.only_predicts)
    return list(dict.fromkeys(kinds))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name too long, or with a null character
        return False


def _either(words: list[str]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
