"""The commands that write a whole project to a file, and make a project of one: save, load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from labeller.cli import frame, options
from labeller.cli.follow import Watch
from labeller.cli.frame import err, service
from labeller.cli.outputs import new_file


def save(
    name: options.Name,
    file: Annotated[
        Path, Argument(help="The file, such as cats.labeller.", metavar="FILE", callback=new_file)
    ],
    workspace: options.Workspace = None,
) -> None:
    """Write a whole project to one file: images, networks, rounds and answers."""
    store, view = frame.opened(workspace, name)
    with Watch() as watch:
        path = service.save_project(store, view, file, watch.report)
    err.print(f"Saved: {path}, {path.stat().st_size / 2**20:,.1f} MB")


def load(
    file: Annotated[Path, Argument(help="A file that `labeller save` wrote.", metavar="FILE")],
    name: Annotated[
        str | None, Option(help="Name of the new project (default: the one that it had).")
    ] = None,
    workspace: options.Workspace = None,
) -> None:
    """Make a project of a saved one; all of it is checked first."""
    store = frame.open_store(workspace)
    with Watch() as watch:
        view = service.load_project(store, file, name, watch.report)
    err.print(f"{view.name}: {view.count:,} images, {view.answers:,} answers")
    err.print(f"Next: {view.next_step.text}")
