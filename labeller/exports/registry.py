"""Export formats, which turn a table into a file: by name, and by the ending of a file."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, ClassVar

from labeller.errors import UnknownSettingError
from labeller.registry import Room, Thing

if TYPE_CHECKING:
    import pandas as pd  # a third of a second that asking for the names can do without


class ExportFormat(Thing):
    """A kind of file that tables are written as.

    `suffix` of its files, with the dot; `other_suffixes` that they go by; their `mime` type.
    """

    suffix: ClassVar[str]
    other_suffixes: ClassVar[tuple[str, ...]] = ()
    mime: ClassVar[str]

    @abstractmethod
    def write(self, table: pd.DataFrame, stream: BinaryIO) -> None:
        """Writes the columns of `table`, not its index, to `stream`; raises OSError."""

    @classmethod
    def suffixes(cls) -> tuple[str, ...]:
        """All endings of its files, the usual one first."""
        return (cls.suffix, *cls.other_suffixes)


def _check_file(cls: type[ExportFormat]) -> None:
    for field in ("suffix", "mime"):
        if not isinstance(getattr(cls, field, None), str):
            raise ValueError(f"a format must have a {field} (a string), got none in {cls.__name__}")
    for ending in cls.suffixes():
        if not ending.startswith("."):
            raise ValueError(f"suffix of {cls.name} must start with a dot, got {ending!r}")


ROOM = Room[ExportFormat]("labeller.exports", noun="format", base=ExportFormat, check=_check_file)
register, get, names = ROOM.register, ROOM.get, ROOM.names


def formats() -> list[type[ExportFormat]]:
    """All formats, sorted by name."""
    return list(ROOM.things().values())


def chosen(
    path: Path, name: str | None = None, settings: Mapping[str, Any] | None = None
) -> ExportFormat:
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


def _of_file(path: Path) -> type[ExportFormat]:
    """Of two formats with one ending the first by name; of .gz and .csv.gz the longer."""
    endings = {ending: cls for cls in reversed(formats()) for ending in cls.suffixes()}
    fitting = [ending for ending in endings if path.name.lower().endswith(ending)]
    if not fitting:
        raise ValueError(
            f"the file's ending must be one of {', '.join(sorted(endings))}, got {path.name}; "
            f"rename it, or give a format ({', '.join(names())})"
        )
    return endings[max(fitting, key=len)]
