"""Export formats by name and by the ending of a file: one room of `labeller.registry`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labeller.errors import UnknownSettingError
from labeller.exports.base import ExportFormat
from labeller.registry import Room


def _check_file(cls: type[ExportFormat]) -> None:
    for field in ("suffix", "mime"):
        if not isinstance(getattr(cls, field, None), str):
            raise ValueError(f"a format must have a {field} (a string), got none in {cls.__name__}")
    for ending in cls.suffixes():
        if not ending.startswith("."):
            raise ValueError(f"suffix of {cls.name} must start with a dot, got {ending!r}")


ROOM: Room[type[ExportFormat]] = Room(
    "exports", "labeller.exports", noun="format", base=ExportFormat, check=_check_file
)
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
    given = dict(settings or {})
    for key in given:
        if key not in fields:
            raise UnknownSettingError(cls.name, key, fields)
    return cls(cls.Config.model_validate(given))


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
