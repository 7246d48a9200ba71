"""The command that says what there is to choose from at each step, plug-ins included: choices."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from labeller.cli.frame import AsJson, err, out, print_json
from labeller.cli.methods import bounds, table
from labeller.methods.names import setting_text


def choices(
    room: Annotated[
        str | None, typer.Argument(help="Only these: spaces, clusterers, ...", metavar="KIND")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List spaces, clustering algorithms, rules, ... with their settings; methods: `methods`."""
    from labeller.errors import UnknownNameError
    from labeller.registry import loaded_files
    from labeller.rounds.settings import STEPS

    rooms = {step.room.name: step.room for step in STEPS.values()}
    if room is not None and room not in rooms:
        raise UnknownNameError("kind", room, rooms)
    shown = {name: each.catalogue() for name, each in rooms.items() if room in (None, name)}
    if as_json:
        print_json(shown)
        return
    for name, entries in shown.items():
        out.print(f"[bold]{name}[/bold]")
        _list(entries)
    for file in loaded_files():
        err.print(f"Plug-in file: {file}", markup=False)


def _list(entries: dict[str, dict[str, Any]]) -> None:
    found = table("name", "title", "setting", "values", "default")
    for name, entry in entries.items():
        rows = [
            (key, bounds(field) or "any", setting_text(field.get("default")))
            for key, field in entry["schema"].get("properties", {}).items()
        ]
        for place, row in enumerate(rows or [("-", "", "")]):
            head = (name, entry["title"]) if place == 0 else ("", "")
            found.add_row(*(Text(cell) for cell in (*head, *row)))
    out.print(found)
