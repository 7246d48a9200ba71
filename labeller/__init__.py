"""Label a whole image data set from Python: twelve names, and __version__.

Every import of a part of labeller runs this file, in the worker too. So it loads nothing: a name
is fetched from its home when it is first asked for.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labeller.errors import LabellerError, NotFoundError, StateError
    from labeller.events import Progress
    from labeller.service.api import (
        Project,
        Question,
        create,
        load,
        load_classifier,
        open,
        projects,
        sources,
    )

    __version__: str

__all__ = [
    "LabellerError",
    "NotFoundError",
    "Progress",
    "Project",
    "Question",
    "StateError",
    "create",
    "load",
    "load_classifier",
    "open",
    "projects",
    "sources",
]

_HOMES = {
    **dict.fromkeys(__all__, "labeller.service.api"),
    **dict.fromkeys(("LabellerError", "NotFoundError", "StateError"), "labeller.errors"),
    "Progress": "labeller.events",
}

if not TYPE_CHECKING:  # to a type checker it would mean that every name exists

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            value = importlib.import_module("importlib.metadata").version("labeller")
        elif name in _HOMES:
            value = getattr(importlib.import_module(_HOMES[name]), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value  # the next time it is simply there
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
