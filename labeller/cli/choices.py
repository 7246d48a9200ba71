"""The command that says what there is to choose from at each step, plug-ins included: choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from labeller.cli.frame import AsJson, err, out, print_json
from labeller.cli.methods import table
from labeller.methods.names import bounds_text, setting_text

if TYPE_CHECKING:
    from labeller.registry import Room


def choices(
    kind: Annotated[
        str | None, typer.Argument(help="Only these: sources, encoders, spaces, ...")
    ] = None,
    as_json: AsJson = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="As docs/choices.md: with what each setting is.")
    ] = False,
) -> None:
    """List sources, encoders, spaces, algorithms, rules and formats with their settings."""
    from labeller.errors import UnknownNameError
    from labeller.registry import loaded_files

    rooms = {room.name: room for room in _rooms()}
    if kind is not None and kind not in rooms:
        raise UnknownNameError("kind", kind, rooms)
    shown = {name: each.catalogue() for name, each in rooms.items() if kind in (None, name)}
    if as_json:
        print_json(shown)
        return
    if markdown:
        typer.echo("\n\n".join(_section(*pair) for pair in shown.items()))
        return
    for name, entries in shown.items():
        out.print(f"[bold]{name}[/bold]")
        _list(entries)
    for file in loaded_files():
        err.print(f"Plug-in file: {file}", markup=False)


def _rooms() -> list[Room[Any]]:
    """All rooms but the methods', which need torch and have a command of their own."""
    from labeller.data.sources.registry import ROOM as SOURCES
    from labeller.exports.registry import ROOM as EXPORTS
    from labeller.rounds.settings import STEPS

    return [SOURCES, *(step.room for step in STEPS.values()), EXPORTS]


def _section(name: str, entries: dict[str, dict[str, Any]]) -> str:
    """A room in Markdown: each thing with the first sentence of its docstring, and its settings."""
    parts = [f"## {name}"]
    for thing, entry in entries.items():
        says = " ".join(entry["doc"].partition("\n\n")[0].split())
        parts.append(f"**`{thing}`** ({entry['title']}): {says}")
        rows = [
            f"- `{key}` ({bounds_text(field) or 'any'}; {setting_text(field.get('default'))}): "
            f"{field.get('description', '')}"
            for key, field in entry["schema"].get("properties", {}).items()
        ]
        if rows:
            parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _list(entries: dict[str, dict[str, Any]]) -> None:
    found = table("name", "title", "setting", "values", "default")
    for name, entry in entries.items():
        rows = [
            (key, bounds_text(field) or "any", setting_text(field.get("default")))
            for key, field in entry["schema"].get("properties", {}).items()
        ]
        for place, row in enumerate(rows or [("-", "", "")]):
            head = (name, entry["title"]) if place == 0 else ("", "")
            found.add_row(*(Text(cell) for cell in (*head, *row)))
    out.print(found)
