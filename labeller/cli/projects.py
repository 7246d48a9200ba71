"""The commands about projects as wholes: projects, create, add, delete, jobs."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

from labeller.cli import frame, options
from labeller.cli.follow import follow
from labeller.cli.frame import err, percent, service, usage
from labeller.data import Fit
from labeller.errors import LabellerError

if TYPE_CHECKING:
    from labeller.records import ImportReport, JobView, ProjectView


def projects(
    name: Annotated[
        str | None, Argument(help="Only this project, with the report of its import.")
    ] = None,
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """List the projects, and what each waits for."""
    from labeller.encoders import spelling

    store = frame.open_store(workspace)
    views = service.projects(store) if name is None else [service.project(store, name)]
    if as_json:
        frame.print_json([_record(view) for view in views])
        return
    if not views:
        err.print("No projects yet. Make one: labeller create NAME --source digits")
        return
    headings = (
        "name",
        "images",
        "size",
        "encoder",
        "classes",
        "round",
        "answers",
        "labelled",
        "test",
    )
    rows = [
        (
            view.name,
            f"{view.count:,}" if view.count else view.state,
            _size(view) if view.count else "-",
            spelling(view.config.encode) if view.count else "-",
            len(view.classes),
            "-" if view.round is None else view.round,
            view.answers,
            percent(view.covered),
            percent(view.test_accuracy),
        )
        for view in views
    ]
    frame.print_table(*headings, rows=rows)
    for view in views:
        err.print(f"{view.name}: {view.next_step.text}")
    if name is not None:
        _say_report(views[0])


def create(
    name: options.Name,
    source: Annotated[
        str,
        Option(help="{labeller.data.sources.registry}, or a folder, zip, table ... of images."),
    ],
    size: options.Size = None,
    fit: Annotated[
        Fit,
        Option(help="Images that are not square: letterbox keeps all of them, crop the middle."),
    ] = "letterbox",
    preset: options.Preset = "recommended",
    classes: Annotated[
        list[str] | None,
        Option(help="Names of the classes: cat,dog,'\"big, red\"', or repeated."),
    ] = None,
    encoder: Annotated[
        str,
        Option(
            metavar="NAME[:VALUE]",
            help="What sees the pictures: auto (chosen from the images), {labeller.encoders}; as "
            "timm:MODEL, file:FEATURES.",
        ),
    ] = "auto",
    data_dir: options.DataDir = None,
    wait: options.Wait = True,
    workspace: options.Workspace = None,
) -> None:
    """Make a project from a named data set, a folder, a zip or a table, and import its images."""
    from labeller.config.paths import data_folder

    store = frame.open_store(workspace)
    names = _class_names(classes or [])
    # The worker may run elsewhere, with another folder or environment: it gets the whole path.
    folder = data_folder(data_dir)
    how: dict[str, Any] = {"size": size, "fit": fit, "preset": preset, "encoder": encoder}
    view = service.create_project(store, name, source, classes=names, data_dir=folder, **how)
    job = service.last_job(store, view, "ingest")
    if not wait or job is None:
        service.ensure_worker(store)
        err.print(f"Importing into {name}; see it with: labeller projects")
        return
    try:
        follow(store, job)
    except LabellerError:
        # Without images it is good for nothing, and would keep the name from the next attempt.
        service.delete_project(store, view)
        raise
    _say_imported(service.project(store, name))


def add(
    name: options.Name,
    source: Annotated[
        str,
        Argument(help="{labeller.data.sources.registry}, or a folder, zip, table ... of images."),
    ],
    data_dir: options.DataDir = None,
    wait: options.Wait = True,
    workspace: options.Workspace = None,
) -> None:
    """Add images to a project; answers, rounds and numbers stay as they are."""
    from labeller.config.paths import data_folder

    store, view = frame.opened(workspace, name)
    job = service.add_images(store, view, source, data_dir=data_folder(data_dir))
    if not wait:
        service.ensure_worker(store)
        err.print(f"Adding images to {name}; see it with: labeller projects {name}")
        return
    follow(store, job)
    view = service.project(store, name)
    err.print(f"{view.name}: {view.count:,} images")
    _say_added(view.added[-1])


def delete(
    name: options.Name,
    yes: Annotated[bool, Option("--yes", "-y", help="Do not ask.")] = False,
    workspace: options.Workspace = None,
) -> None:
    """Delete a project with its images, answers and networks. There is no way back."""
    store, view = frame.opened(workspace, name)
    if not yes:
        question = f"Delete {view.name} with {view.count:,} images and {view.answers} answers?"
        typer.confirm(question, abort=True, err=True)
    service.delete_project(store, view)
    err.print(f"Deleted {view.name}.")


def jobs(
    name: Annotated[str | None, Argument(help="Only of this project.")] = None,
    cancel: Annotated[int | None, Option(help="Stop the job.")] = None,
    resume: Annotated[
        int | None, Option(help="Go on with the job from its last checkpoint.")
    ] = None,
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """List the jobs of the queue, newest first; stop one, or go on with one."""
    store = frame.open_store(workspace)
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
        frame.print_json([{**vars(view), "active": view.active} for view in views])
        return
    names: dict[int | None, str] = {view.id: view.name for view in service.projects(store)}
    rows = [
        (v.id, names.get(v.project, ""), v.kind, v.state, _progress(v), v.device, v.error)
        for v in views
    ]
    frame.print_table("job", "project", "kind", "state", "at", "device", "error", rows=rows)


def _class_names(texts: Sequence[str]) -> tuple[str, ...]:
    """The names between the commas of all `texts`; one with a comma stands in double quotes."""
    parts = [part for row in csv.reader(texts, skipinitialspace=True) for part in row]
    return tuple(part.strip() for part in parts if part.strip())


def _progress(view: JobView) -> str:
    """How far a job is, or was when it ended early."""
    if view.state == "done":
        return ""
    return f"{view.stage} {view.done}/{view.total}" if view.total else view.stage


def _size(view: ProjectView) -> str:
    return f"{view.width}x{view.height}x{view.channels}"


def _record(view: ProjectView) -> dict[str, Any]:
    from labeller.encoders import spelling

    fields = {key: value for key, value in vars(view).items() if key != "config"}
    fields["classes"] = [one.name for one in fields["classes"]]
    fields["next_step"] = vars(fields["next_step"])
    fields["encoder"] = spelling(view.config.encode)
    fields["report"] = None if view.report is None else asdict(view.report)
    fields["added"] = [asdict(report) for report in view.added]
    if view.encoder_choice is not None:
        fields["encoder_choice"] = vars(view.encoder_choice)
    return fields


def _say_imported(view: ProjectView) -> None:
    err.print(
        f"{view.name}: {view.count:,} images of {_size(view)} "
        f"({view.train:,} to label, {view.test:,} held out), {len(view.classes)} classes"
    )
    _say_report(view)
    frame.say_next("train", view.name)


def _say_added(report: ImportReport) -> None:
    err.print(f"Added: {report.text}")
    frame.say_left_out(report)


def _say_report(view: ProjectView) -> None:
    """What became of all that the import found, and what it decided."""
    if view.report is not None:
        err.print(f"Import: {view.report.text}")
        frame.say_left_out(view.report)
    for report in view.added:
        _say_added(report)
    for note in view.notes:
        err.print(note)
    if view.encoder_choice is not None:
        err.print(f"Encoder: {view.encoder_choice.reason}")
