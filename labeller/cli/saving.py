"""The commands that keep work: save and load of a project, recover of a workspace."""

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


def recover(workspace: options.Workspace = None) -> None:
    """Bring back a database that is lost or damaged: the newest backup, and the changes since."""
    folder = frame.chosen_workspace(workspace)
    found = service.recover(folder)
    until = f", the last one of {found.until:%Y-%m-%d %H:%M:%S} UTC" if found.until else ""
    err.print(f"Recovered from {found.base} and {found.changes:,} changes of the journal{until}")
    if found.set_aside:
        err.print(f"What was there is in {found.set_aside}")
    for text in found.missing:
        err.print(f"Missing: {text}")
    for view in service.projects(service.open_store(folder)):
        err.print(f"{view.name}: {view.count:,} images, {view.answers:,} answers")
