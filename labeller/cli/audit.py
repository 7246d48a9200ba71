"""The commands of the audit: draw random images, label them, and see how right the labels are."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from labeller.cli.classes import class_number
from labeller.cli.frame import (
    AsJson,
    Name,
    Workspace,
    err,
    open_store,
    out,
    percent,
    print_json,
    usage,
)

if TYPE_CHECKING:
    from labeller.records import AuditEstimate, AuditView
    from labeller.store import Store

Expert = Annotated[str, typer.Option("--expert", help="Who says so.")]
WHAT = {"labels": "labels of the answers", "classifier": "classifier"}

commands = typer.Typer(
    no_args_is_help=True, help="Estimate how right the labels are from a few random images."
)


@commands.command()
def draw(
    name: Name,
    size: Annotated[
        int | None, typer.Option("--size", help="How many images (default: as suggested).")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Draw the images of the audit once; a larger --size later adds to them."""
    from labeller import service

    store = open_store(workspace)
    present = service.audit(store, name)
    if size is None and present is not None:
        raise usage(f"the audit has {len(present.images)} images: give a larger --size")
    view = service.draw_audit(store, name, size or service.audit_sizes(store, name)[2])
    err.print(f"The audit has {len(view.images)} random images; they are never trained on.")
    _say_next(name, view)


@commands.command()
def status(
    name: Name,
    show: Annotated[bool, typer.Option("--show", help="Draw the next image here.")] = False,
    images: Annotated[
        Path | None, typer.Option("--images", help="Write the images left as PNG files here.")
    ] = None,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Show how far the audit is, the estimated accuracy, and whether to go on."""
    from labeller import service

    store = open_store(workspace)
    view = service.audit(store, name)
    files = _save(store, name, view, images) if view and images else {}
    if as_json:
        print_json(_record(store, name, view, files))
        return
    if view is None:
        err.print(f"No audit yet. Next: [bold]labeller audit draw {shlex.quote(name)}[/bold]")
        return
    out.print(
        f"{view.labelled} of {len(view.images)} images labelled, {view.skipped} could not be told"
    )
    report = service.audit_report(store, name)
    if report is not None:
        _show(report.now, report.rounds)
        err.print(report.advice, markup=False)
    if show and view.next is not None:
        from labeller.cli.pictures import as_text

        out.print(as_text(list(service.images(store, name, [view.next]))))
    _say_next(name, view)


@commands.command()
def label(
    name: Name,
    image: Annotated[int, typer.Argument(help="Number of the image.", metavar="IMAGE")],
    given: Annotated[
        str | None, typer.Argument(help="The class: its name or its number.", metavar="CLASS")
    ] = None,
    skip: Annotated[bool, typer.Option("--skip", help="It cannot be told.")] = False,
    expert: Expert = "me",
    workspace: Workspace = None,
) -> None:
    """Say what one image of the audit is: CLASS, or --skip."""
    from labeller import service

    if (given is None) != skip:
        raise usage("give either CLASS or --skip")
    store = open_store(workspace)
    number = None if given is None else class_number(store, name, given)
    view = service.answer_audit(store, name, image, number, expert=expert)
    err.print(f"Saved: {len(view.said)} of {len(view.images)} images are done.")
    _say_next(name, view)


@commands.command()
def undo(name: Name, expert: Expert = "me", workspace: Workspace = None) -> None:
    """Take back what was said last."""
    from labeller import service

    image = service.undo_audit(open_store(workspace), name, expert=expert)
    err.print(f"Taken back: image {image} is open again.")


def _save(store: Store, name: str, view: AuditView, folder: Path) -> dict[int, str]:
    """Writes each image without a word as `IMAGE.png`; returns the paths."""
    from PIL import Image

    from labeller import service

    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    left = [image for image in view.images if image not in view.said]
    for image, pixels in zip(left, service.pictures(store, name, left, 256), strict=True):
        path = folder / f"{image}.png"
        Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(path)
        files[image] = str(path)
    return files


def _record(
    store: Store, name: str, view: AuditView | None, files: dict[int, str]
) -> dict[str, Any]:
    from labeller import service

    if view is None:
        return {"images": 0}
    report = service.audit_report(store, name)
    record: dict[str, Any] = {
        "images": len(view.images),
        "labelled": view.labelled,
        "skipped": view.skipped,
        "next": view.next,
    }
    if files:
        record["files"] = files
    if report is not None:
        record |= {
            "now": [_estimate(one) for one in report.now],
            "rounds": [_estimate(one) for one in report.rounds],
            "more_answers": report.more,
            "advice": report.advice,
        }
    return record


def _estimate(one: AuditEstimate) -> dict[str, Any]:
    return {**vars(one), "accuracy": one.accuracy}


def _show(now: tuple[AuditEstimate, ...], rounds: tuple[AuditEstimate, ...]) -> None:
    table = Table("what", "right", "accuracy", "95 % interval")
    earlier = [(f"classifier of round {one.round}", one) for one in rounds[:-1]]
    for what, one in [*((WHAT[one.what], one) for one in now), *earlier]:
        interval = f"{percent(one.low)} to {percent(one.high)}"
        table.add_row(what, f"{one.right} of {one.asked}", percent(one.accuracy), interval)
    out.print(table)


def _say_next(name: str, view: AuditView) -> None:
    if view.next is None:
        err.print("All images of the audit are done.")
        return
    quoted = shlex.quote(name)
    err.print(f"See the images: labeller audit status {quoted} --show, or --images FOLDER")
    err.print(f"Next: [bold]labeller audit label {quoted} {view.next} CLASS[/bold]")
