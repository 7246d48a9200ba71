"""The commands about projects as wholes: projects, create, delete, jobs."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from labeller.cli.follow import follow
from labeller.cli.frame import (
    AsJson,
    Name,
    Wait,
    Workspace,
    err,
    open_store,
    out,
    percent,
    print_json,
    say_left_out,
    usage,
)
from labeller.cli.start import DataDir
from labeller.data import Fit
from labeller.errors import LabellerError

if TYPE_CHECKING:
    from labeller.records import JobView, ProjectView


def projects(workspace: Workspace = None, as_json: AsJson = False) -> None:
    """List the projects, and what each waits for."""
    from labeller import service
    from labeller.encoders import spelling

    views = service.projects(open_store(workspace))
    if as_json:
        print_json([_record(view) for view in views])
        return
    if not views:
        err.print("No projects yet. Make one: [bold]labeller create NAME --source digits[/bold]")
        return
    table = Table(
        "name", "images", "size", "encoder", "classes", "round", "answers", "covered", "test"
    )
    for view in views:
        size = f"{view.width}x{view.height}x{view.channels}" if view.count else "-"
        table.add_row(
            view.name,
            f"{view.count:,}" if view.count else view.state,
            size,
            spelling(view.config.encode) if view.count else "-",
            str(len(view.classes)),
            "-" if view.round is None else str(view.round),
            str(view.answers),
            percent(view.covered),
            percent(view.test_accuracy),
        )
    out.print(table)
    for view in views:
        err.print(f"{view.name}: {view.next_step.text}", markup=False)


def create(
    name: Name,
    source: Annotated[
        str,
        typer.Option(
            "--source", help="{labeller.data.sources.registry}, or a folder or zip of images."
        ),
    ],
    size: Annotated[
        int | None, typer.Option("--size", min=1, help="Side of the images in pixels.")
    ] = None,
    fit: Annotated[
        Fit,
        typer.Option(
            "--fit",
            help="Images that are not square: letterbox keeps all of them, crop the middle.",
        ),
    ] = "letterbox",
    preset: Annotated[
        str, typer.Option("--preset", help="recommended, manifold or paper.")
    ] = "recommended",
    classes: Annotated[
        str, typer.Option("--classes", help="Names of the classes: cat,dog,bird.")
    ] = "",
    encoder: Annotated[
        str,
        typer.Option(
            "--encoder",
            metavar="NAME[:VALUE]",
            help="What sees the pictures: auto (chosen from the images), {labeller.encoders}; as "
            "timm:MODEL, file:FEATURES.",
        ),
    ] = "auto",
    data_dir: DataDir = None,
    wait: Wait = True,
    workspace: Workspace = None,
) -> None:
    """Make a project from a named data set, a folder or a zip, and import its images."""
    from labeller import service
    from labeller.config.paths import data_folder

    store = open_store(workspace)
    names = tuple(part.strip() for part in classes.split(",") if part.strip())
    # The worker may run elsewhere, with another folder or environment: it gets the whole path.
    folder = data_folder(data_dir)
    view = service.create_project(
        store,
        name,
        source,
        size=size,
        fit=fit,
        preset=preset,
        classes=names,
        encoder=encoder,
        data_dir=folder,
    )
    job = service.last_job(store, view, "ingest")
    if not wait or job is None:
        service.ensure_worker(store)
        err.print(f"Importing into [bold]{name}[/bold]; see it with: labeller projects")
        return
    try:
        follow(store, job)
    except LabellerError:
        # Without images it is good for nothing, and would keep the name from the next attempt.
        service.delete_project(store, view)
        raise
    _say_imported(service.project(store, name))


def delete(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    workspace: Workspace = None,
) -> None:
    """Delete a project with its images, answers and networks. There is no way back."""
    from labeller import service

    store = open_store(workspace)
    view = service.project(store, name)
    if not yes:
        question = f"Delete {view.name} with {view.count:,} images and {view.answers} answers?"
        typer.confirm(question, abort=True, err=True)
    service.delete_project(store, view)
    err.print(f"Deleted {view.name}.", markup=False)


def jobs(
    name: Annotated[str | None, typer.Argument(help="Only of this project.")] = None,
    cancel: Annotated[int | None, typer.Option("--cancel", help="Stop the job.")] = None,
    resume: Annotated[
        int | None, typer.Option("--resume", help="Go on with the job from its last checkpoint.")
    ] = None,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """List the jobs of the queue, newest first; stop one, or go on with one."""
    from labeller import service

    store = open_store(workspace)
    if cancel is not None and resume is not None:
        raise usage("give --cancel or --resume, not both")
    if cancel is not None:
        service.cancel(store, cancel)
        err.print(f"Stopping job {cancel}.")
        return
    if resume is not None:
        follow(store, service.resume(store, resume))
        return
    views = service.jobs(store, name)
    if as_json:
        print_json([{**vars(view), "active": view.active} for view in views])
        return
    table = Table("job", "project", "kind", "state", "at", "device", "error")
    names = {view.id: view.name for view in service.projects(store)}
    for view in views:
        project = names.get(view.project, "") if view.project is not None else ""
        at = "" if view.state == "done" else _progress(view)
        table.add_row(str(view.id), project, view.kind, view.state, at, view.device, view.error)
    out.print(table)


def _progress(view: JobView) -> str:
    """How far a job is, or was when it ended."""
    return f"{view.stage} {view.done}/{view.total}" if view.total else view.stage


def _record(view: ProjectView) -> dict[str, Any]:
    from labeller.encoders import spelling

    fields = {key: value for key, value in vars(view).items() if key != "config"}
    fields["classes"] = [one.name for one in fields["classes"]]
    fields["next_step"] = vars(fields["next_step"])
    fields["encoder"] = spelling(view.config.encode)
    if view.encoder_choice is not None:
        fields["encoder_choice"] = vars(view.encoder_choice)
    return fields


def _say_imported(view: ProjectView) -> None:
    shape = f"{view.width}x{view.height}x{view.channels}"
    err.print(
        f"[bold]{view.name}[/bold]: {view.count:,} images of {shape} "
        f"({view.train:,} to label, {view.test:,} held out), {len(view.classes)} classes"
    )
    for note in view.notes:
        err.print(note, markup=False)
    if view.encoder_choice is not None:
        err.print(f"Encoder: {view.encoder_choice.reason}", markup=False)
    say_left_out(view.unreadable)
    err.print(f"Next: [bold]labeller train {shlex.quote(view.name)}[/bold]")
