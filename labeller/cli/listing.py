"""Help texts that name what a registry knows, without loading it before somebody asks for help."""

import importlib
import re
from typing import Any

from typer.core import TyperCommand

_PLACE = re.compile(r"\{(labeller[\w.]*)\}")


class ListingCommand(TyperCommand):
    """A command in whose help `{labeller.exports.registry}` stands for the names in its room.

    The module in braces has a ROOM, or `names()` where not all of the room is meant.
    """

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help, each place filled in."""
        for parameter in self.params:
            text = getattr(parameter, "help", None)
            if text:
                parameter.help = _PLACE.sub(_names, text)  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)


def _names(place: re.Match[str]) -> str:
    module = importlib.import_module(place[1])
    names = module.names() if hasattr(module, "names") else module.ROOM.names()
    return ", ".join(names)
