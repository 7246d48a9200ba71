"""What all commands share: the app, its global options, the store, and how errors are worded."""

from __future__ import annotations

import importlib
import json
import logging
import re
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer import Option
from typer.core import TyperCommand

from labeller.cli import options

if TYPE_CHECKING:
    from labeller import service as service  # what the commands import from here
    from labeller.records import ImportReport, ProjectView
    from labeller.store import Store
else:

    class _Service:
        """`labeller.service`, loaded when a command needs it: help is there at once."""

        def __getattr__(self, name: str) -> Any:
            return getattr(importlib.import_module("labeller.service"), name)

    service = _Service()

app = typer.Typer(
    name="labeller",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
# Names of people, classes and files are printed as they are: brackets in them are no markup.
out = Console(highlight=False, markup=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

# Options before the command; a command's own --workspace wins.
_options: dict[str, Any] = {"workspace": None, "traceback": False}
_PLACE = re.compile(r"\{(labeller[\w.]*)\}")


class ListingCommand(TyperCommand):
    """A command in whose help `{labeller.exports.registry}` stands for the names in its room.

    The module in braces has a ROOM, or `names()` where not all of the room is meant; it is loaded
    only when somebody asks for help.
    """

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help, each place filled in."""
        for parameter in self.params:
            text = getattr(parameter, "help", None)
            if text:
                # Options and arguments of typer have a help, what both derive from has none.
                parameter.help = _PLACE.sub(_names, text)  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)


def _names(place: re.Match[str]) -> str:
    module = importlib.import_module(place[1])
    return ", ".join(module.names() if hasattr(module, "names") else module.ROOM.names())


@app.callback()
def _global_options(
    workspace: options.Workspace = None,
    version: Annotated[
        bool,
        Option(
            "--version",
            help="Print the version.",
            is_eager=True,
            callback=lambda asked: _print_version(asked),
        ),
    ] = False,
    traceback: Annotated[
        bool, Option("--traceback", help="Show where an error came from.")
    ] = False,
) -> None:
    """Label a whole image data set by answering questions about its clusters.

    New here? [bold]labeller demo[/bold] shows it on handwritten digits in a minute.
    """
    _options.update(workspace=workspace, traceback=traceback)
    if logging.lastResort is not None:  # what is logged where no handler was set up
        logging.lastResort.setFormatter(logging.Formatter("%(message)s") if traceback else _Plain())


class _Plain(logging.Formatter):
    """The message alone, without the traceback that `log.exception` brings along."""

    def format(self, record: logging.LogRecord) -> str:
        return f"labeller: {record.getMessage()}"


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"labeller {version('labeller')}")
        raise typer.Exit


def open_store(workspace: Path | None) -> Store:
    """The store of the workspace that this command line names."""
    return service.open_store(chosen_workspace(workspace))


def opened(workspace: Path | None, name: str) -> tuple[Store, ProjectView]:
    """The same, and the project of that name in it."""
    store = open_store(workspace)
    return store, service.project(store, name)


def chosen_workspace(workspace: Path | None) -> Path:
    """The workspace folder: a command's option, the global option, the environment, the default."""
    from labeller.config.paths import workspace_folder

    return workspace_folder(workspace or _options["workspace"])


def show_traceback() -> bool:
    """Whether the person asked for tracebacks."""
    return bool(_options["traceback"])


def say_left_out(report: ImportReport) -> None:
    """Say what an import left out: how much for each reason, and the first names."""
    for reason in report.left_out:
        err.print(f"  {reason.text}")


def print_json(value: object) -> None:
    """Write `value` to standard output as JSON, unwrapped and uncoloured."""
    typer.echo(json.dumps(value, indent=2, default=_plain))


def print_table(*headings: str, rows: Iterable[Sequence[object]]) -> None:
    """Write a table to standard output."""
    table = Table(*headings)
    for row in rows:
        table.add_row(*map(str, row))
    out.print(table)


def say_next(command: str, project: str, more: str = "") -> None:
    """Name the command that goes on from here."""
    err.print(f"Next: labeller {command} {shlex.quote(project)}{more}")


def usage(message: str) -> typer.BadParameter:
    """The error of a wrong combination of options: exit code 2."""
    return typer.BadParameter(message)


def percent(share: float | None) -> str:
    """A share in [0, 1] as a percentage, or a dash when it is unknown."""
    return "-" if share is None or share != share else f"{100 * share:.1f} %"


def _plain(value: object) -> object:
    if hasattr(value, "tolist"):  # numpy arrays and scalars
        return value.tolist()
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)
