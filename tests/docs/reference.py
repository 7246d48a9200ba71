"""Writes the reference parts of docs/: what the registry and the commands say of themselves.

`uv run python -m tests.docs.reference` fills every place between `<!-- reference: WHAT -->` and
`<!-- end -->` in a page; all else on the page is written by hand. A test holds the pages to it.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMAND_PAGES = DOCS / "commands"
KINDS = ("sources", "encoders", "spaces", "clusterers", "propagation", "exports")
PLACE = re.compile(r"(<!-- reference: (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
# In a help text: the names of a room, for which the page of the kind is named instead.
NAMES = re.compile(r"\{labeller\.(?:\w+\.)*?(" + "|".join(KINDS) + r")(?:\.registry)?\}")


def filled(page: str) -> str:
    """The text of a page with each reference written anew."""
    return PLACE.sub(lambda match: match[1] + reference(match[2]) + "\n" + match[4], page)


def reference(what: str) -> str:
    """The reference of `command NAME` or `KIND NAME`; raises KeyError for what does not exist."""
    kind, _, name = what.partition(" ")
    if kind == "command":
        return _command(name)
    if kind == "roles":
        return _roles()
    return methods()[name] if kind == "methods" else things(kind)[name]


def things(kind: str) -> dict[str, str]:
    """The section of each thing of a kind, as `labeller choices --markdown` prints it."""
    sections = _choices()[kind].split("\n\n**`")[1:]
    return {text.partition("`")[0]: f"**`{text.strip()}" for text in sections}


@cache
def methods() -> dict[str, str]:
    """The same of each method, with its presets."""
    import inspect

    from labeller.methods.names import bounds_text, setting_text
    from labeller.methods.registry import ROOM

    sections = {}
    for name, cls in ROOM.things().items():
        if not cls.__module__.startswith("labeller.methods."):  # a plug-in of somebody's
            continue
        says = " ".join(inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[0].split())
        lines = [f"**`{name}`** ({cls.title}): {says}"]
        if cls.presets:
            lines += ["", "Presets: " + ", ".join(f"`{name}:{each}`" for each in cls.presets) + "."]
        schema = cls.Config.model_json_schema().get("properties", {})
        lines += [""] if schema else []
        lines += [
            f"- `{key}` ({bounds_text(field) or 'any'}; {setting_text(field.get('default'))}): "
            f"{field.get('description', '')}"
            for key, field in schema.items()
        ]
        sections[name] = "\n".join(lines)
    return sections


@cache
def commands() -> dict[str, Any]:
    """All commands by what is typed (`train`, `classes merge`), as Typer has them."""
    import typer

    from labeller.cli import app

    return dict(_walked(typer.main.get_command(app), ()))


def _walked(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, each in command.commands.items():
        yield from _walked(each, (*path, name))


def _command(name: str) -> str:
    parameters = [each for each in commands()[name].params if not each.hidden]
    arguments = [each for each in parameters if each.param_type_name == "argument"]
    options = [each for each in parameters if each.param_type_name == "option"]
    usage = " ".join([f"labeller {name}", *(_placeholder(each) for each in arguments), "[OPTIONS]"])
    lines = [f"- `{_placeholder(each)}`: {_help(each)}" for each in arguments]
    lines += [_option(each) for each in options if "--workspace" not in each.opts]
    return "\n".join([f"`{usage}`", "", *lines])


def _placeholder(argument: Any) -> str:
    shown = argument.metavar or argument.name.upper()
    return shown if argument.required else f"[{shown}]"


def _option(option: Any) -> str:
    names = "/".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    value = getattr(option.default, "value", option.default)
    if option.is_flag:
        value = option.opts[0] if value and option.secondary_opts else None
    if value in (None, "", ()) or callable(value):
        return f"- {names}: {_help(option)}"
    return f"- {names} (default `{value}`): {_help(option)}"


def _help(parameter: Any) -> str:
    text = re.sub(r"\[/?bold\]", "", parameter.help or "")
    return NAMES.sub(lambda match: f"[{match[1]}](../{match[1]}.md)", text)


def _roles() -> str:
    """A row per verb of the service: which roles may call it."""
    from labeller.records import ROLES
    from labeller.service.roles import NEEDS

    order = ["anybody", *ROLES]
    lines = [f"| verb | {' | '.join(ROLES)} |", "|---|" + "---|" * len(ROLES)]
    for verb, needed in sorted(NEEDS.items(), key=lambda pair: (order.index(pair[1]), pair[0])):
        may = ["yes" if order.index(role) >= order.index(needed) else "" for role in ROLES]
        lines.append(f"| `{verb}` | {' | '.join(may)} |")
    return "\n".join(lines)


@cache
def _choices() -> dict[str, str]:
    """What `labeller choices --markdown` prints of each kind, in a process without plug-ins."""
    command = [sys.executable, "-m", "labeller.cli", "choices", "--markdown"]
    alone = {key: value for key, value in os.environ.items() if key != "LABELLER_PLUGINS"}
    done = subprocess.run(command, capture_output=True, check=True, env=alone)
    sections = re.split(r"^## (.+)$", done.stdout.decode(), flags=re.MULTILINE)
    return dict(zip(sections[1::2], sections[2::2], strict=True))


def main() -> None:
    """Rewrites the pages that are not as the registry and the commands have it."""
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if (written := filled(text)) != text:
            page.write_text(written, encoding="utf-8")
            print(page.relative_to(DOCS.parent))


if __name__ == "__main__":
    main()
