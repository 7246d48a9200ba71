"""Export formats, which turn labels into files: by name, and by the ending of a file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from labeller.errors import UnknownSettingError
from labeller.exports.labelled import Entry, FolderSettings, Labelled
from labeller.registry import Room, Thing

if TYPE_CHECKING:
    import pandas as pd  # a third of a second that asking for the names can do without


class Format(Thing):
    """What labels are written as: a subclass of one of the two below.

    `suffix` of its files, with the dot; `other_suffixes` that they go by; their `mime` type.
    """

    suffix: ClassVar[str]
    other_suffixes: ClassVar[tuple[str, ...]] = ()
    mime: ClassVar[str]

    @classmethod
    def suffixes(cls) -> tuple[str, ...]:
        """All endings of its files, the usual one first."""
        return (cls.suffix, *cls.other_suffixes)


class ExportFormat(Format):
    """A kind of file that tables are written as."""

    @abstractmethod
    def write(self, table: pd.DataFrame, stream: BinaryIO) -> None:
        """Writes the columns of `table`, not its index, to `stream`; raises OSError."""


class FolderFormat(Format):
    """A layout of image files and annotations: a .zip, or a folder where the path has no .zip.

    It says what lies where. Whoever writes it copies the images, and leaves all or nothing.
    """

    mime = "application/zip"

    class Config(FolderSettings):
        """Which images, and how; a format may add settings of its own."""

    @abstractmethod
    def entries(self, labelled: Labelled) -> Iterator[Entry]:
        """Every file, each at a path of its own inside the folder."""


def _check_file(cls: type[Format]) -> None:
    if not issubclass(cls, ExportFormat | FolderFormat):
        raise ValueError(f"a format must be an ExportFormat or a FolderFormat, got {cls.__name__}")
    for field in ("suffix", "mime"):
        if not isinstance(getattr(cls, field, None), str):
            raise ValueError(f"a format must have a {field} (a string), got none in {cls.__name__}")
    for ending in cls.suffixes():
        if not ending.startswith("."):
            raise ValueError(f"suffix of {cls.name} must start with a dot, got {ending!r}")
    if issubclass(cls, FolderFormat) and not issubclass(cls.Config, FolderSettings):
        raise ValueError(f"Config of {cls.name} must be a subclass of FolderSettings")


ROOM = Room[Format]("labeller.exports", noun="format", base=Format, check=_check_file)
register, get, names = ROOM.register, ROOM.get, ROOM.names


def formats() -> list[type[Format]]:
    """All formats, sorted by name."""
    return list(ROOM.things().values())


def tables() -> list[type[ExportFormat]]:
    """The formats of tables, sorted by name."""
    return [cls for cls in formats() if issubclass(cls, ExportFormat)]


def folders() -> list[type[FolderFormat]]:
    """The formats of folders with images, sorted by name."""
    return [cls for cls in formats() if issubclass(cls, FolderFormat)]


def chosen(
    path: Path, name: str | None = None, settings: Mapping[str, Any] | None = None
) -> Format:
    """The format called `name`, else the one of the ending of `path`, with `settings` of its own.

    Raises ValueError for a name, an ending or a setting that does not exist, and lists those that
    do.
    """
    cls = get(name) if name else _of_file(path)
    fields = cls.Config.model_fields
    for key in settings or {}:
        if key not in fields:
            raise UnknownSettingError(cls.name, key, fields)
    return cls(cls.Config.model_validate(dict(settings or {})))


def _of_file(path: Path) -> type[Format]:
    """Of two formats with one ending the first by name; of .gz and .csv.gz the longer."""
    endings = {ending: cls for cls in reversed(formats()) for ending in cls.suffixes()}
    fitting = [ending for ending in endings if path.name.lower().endswith(ending)]
    if not fitting:
        raise ValueError(
            f"the file's ending must be one of {', '.join(sorted(endings))}, got {path.name}; "
            f"rename it, or give a format ({', '.join(names())})"
        )
    return endings[max(fitting, key=len)]
