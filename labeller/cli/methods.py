"""The commands that say what there is to choose from, plug-ins included: methods, choices."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text
from typer import Argument, Option

from labeller.cli import options
from labeller.cli.frame import err, out, print_json
from labeller.methods.names import bounds_text, setting_text

if TYPE_CHECKING:
    from labeller.registry import Room

NO_EPOCHS = (
    "It is not trained: it looks at the images once, if at all, and epochs have no effect. Answers "
    "teach its head, and the student where there is one."
)
FEATURES = "It reads the features of an encoder, which the project has to have."
YES = {True: "yes", False: "-"}
NO_DECODER = "It cannot decode: cards show medoids."


def methods(
    name: Annotated[
        str | None, Argument(help="Say what this one is, and all its settings.")
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """List the methods that can be trained; with NAME, its presets and settings."""
    from labeller.methods import registry

    every = {**registry.catalogue(), **registry.references()}
    if name is None:
        if as_json:
            print_json([{"name": each, **entry} for each, entry in every.items()])
        else:
            _list(every)
        return
    cls = registry.get(name.partition(":")[0])
    entry = every[cls.name]
    if as_json:
        print_json({"name": cls.name, **entry})
        return
    _describe(cls.name, entry, sys.modules[cls.__module__].__doc__ or "")


def choices(
    kind: Annotated[str | None, Argument(help="Only these: sources, encoders, spaces, ...")] = None,
    as_json: options.AsJson = False,
    markdown: Annotated[
        bool, Option("--markdown", help="As Markdown, with what each setting is.")
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
        out.print(f"{name}")
        _list_things(entries)
    for file in loaded_files():
        err.print(f"Plug-in file: {file}")


def _settings(entry: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Name, type, values, default and description of each setting of a thing."""
    return [
        (
            key,
            kind(field),
            bounds_text(field) or "any",
            setting_text(entry.get("defaults", {}).get(key, field.get("default"))),
            field.get("description", ""),
        )
        for key, field in entry["schema"].get("properties", {}).items()
    ]


def kind(field: dict[str, Any]) -> str:
    """The type of a setting, from its JSON schema."""
    if "anyOf" in field:
        return " or ".join(kind(each) for each in field["anyOf"])
    if "enum" in field:
        return "choice"
    return str(field.get("type", "any"))


def _list(every: dict[str, dict[str, Any]]) -> None:
    shown = table("name", "title", "presets", "decodes", "trained", "needs\nlabels")
    for name, entry in every.items():
        presets = ", ".join(entry["presets"]) or "-"
        some = len(entry["decoding"]) not in (0, len(entry["presets"]))
        decodes = "some" if some else YES[entry["can_decode"]]
        marks = (decodes, YES[entry["trainable"]], YES[entry["needs_labels"]])
        shown.add_row(name, entry["title"], presets, *marks)
    out.print(shown)
    err.print("One of them: labeller methods NAME; train it with a preset:")
    err.print("labeller train PROJECT --method NAME:PRESET --set KEY=VALUE")


def _describe(name: str, entry: dict[str, Any], module: str) -> None:
    """Everything about one method: what it is, its presets, and one row per setting."""
    out.print(f"{name}: {entry['title']}")
    for text in (entry["doc"], module):
        if paragraph := text.strip().partition("\n\n")[0]:
            out.print(Text(" ".join(paragraph.split())))
    out.print(_decodes(entry))
    if not entry["trainable"]:
        out.print(NO_EPOCHS)
    if entry["reads"] == "features":
        out.print(FEATURES)
    if entry["needs_labels"]:
        out.print("It learns from labels alone: for `labeller compare`, not for `labeller train`.")
    if entry["presets"]:
        presets = table("preset", "settings")
        for preset, changes in entry["presets"].items():
            settings = " ".join(f"{key}={setting_text(value)}" for key, value in changes.items())
            presets.add_row(f"{name}:{preset}", Text(settings or "the defaults"))
        out.print(presets)
    settings_table = table("setting", "type", "values", "default", "what it is")
    for key, *cells in _settings(entry):
        settings_table.add_row(key, *(Text(cell) for cell in cells))
    if settings_table.row_count:
        out.print(settings_table)


def _decodes(entry: dict[str, Any]) -> str:
    if len(entry["decoding"]) not in (0, len(entry["presets"])):
        able = ", ".join(entry["decoding"])
        return f"It decodes its latents with the presets {able}; else cards show medoids."
    return "It decodes its latents." if entry["can_decode"] else NO_DECODER


def table(first: str, *others: str) -> Table:
    """A table that shortens no cell; names, in the first column, stay in one line."""
    made = Table()
    made.add_column(first, no_wrap=True)
    for head in others:
        made.add_column(head, overflow="fold")
    return made


def _rooms() -> list[Room[Any]]:
    """All rooms but the methods', which need torch and have a command of their own."""
    from labeller.data.sources.registry import ROOM as SOURCES
    from labeller.exports.registry import ROOM as EXPORTS
    from labeller.rounds.settings import STEPS

    return [SOURCES, *STEPS.values(), EXPORTS]


def _section(name: str, entries: dict[str, dict[str, Any]]) -> str:
    """A room in Markdown: each thing with the first sentence of its docstring, and its settings."""
    parts = [f"## {name}"]
    for thing, entry in entries.items():
        says = " ".join(entry["doc"].partition("\n\n")[0].split())
        parts.append(f"**`{thing}`** ({entry['title']}): {says}")
        rows = [
            f"- `{key}` ({values}; {default}): {says}"
            for key, _, values, default, says in _settings(entry)
        ]
        parts += ["\n".join(rows)] if rows else []
    return "\n\n".join(parts)


def _list_things(entries: dict[str, dict[str, Any]]) -> None:
    shown = table("name", "title", "setting", "values", "default")
    for name, entry in entries.items():
        rows = [(key, values, default) for key, _, values, default, _ in _settings(entry)]
        for place, row in enumerate(rows or [("-", "", "")]):
            head = (name, entry["title"]) if place == 0 else ("", "")
            shown.add_row(*(Text(cell) for cell in (*head, *row)))
    out.print(shown)
