"""The commands of the audit: draw random images, label them, and see how right the labels are."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Argument, Option

from labeller.cli import frame, options
from labeller.cli.classes import class_number
from labeller.cli.frame import err, out, percent, service, usage

if TYPE_CHECKING:
    from labeller.records import AuditEstimate, AuditView
    from labeller.store import Store

Expert = Annotated[str, Option("--expert", help="Who says so.")]
WHAT = {"labels": "labels of the answers", "classifier": "classifier"}

commands = typer.Typer(
    no_args_is_help=True, help="Estimate how right the labels are from a few random images."
)


@commands.command()
def draw(
    name: options.Name,
    size: Annotated[int | None, Option(help="How many images (default: as suggested).")] = None,
    workspace: options.Workspace = None,
) -> None:
    """Draw the images of the audit once; a larger --size later adds to them."""
    store = frame.open_store(workspace)
    present = service.audit(store, name)
    if size is None and present is not None:
        raise usage(f"the audit has {len(present.images)} images: give a larger --size")
    view = service.draw_audit(store, name, size or service.audit_sizes(store, name)[2])
    err.print(f"The audit has {len(view.images)} random images; they are never trained on.")
    _say_next(name, view)


@commands.command()
def status(
    name: options.Name,
    show: Annotated[bool, Option("--show", help="Draw the next image here.")] = False,
    images: Annotated[Path | None, Option(help="Write the images left as PNG files here.")] = None,
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """Show how far the audit is, the estimated accuracy, and whether to go on."""
    store = frame.open_store(workspace)
    view = service.audit(store, name)
    files = _save(store, name, view, images) if view and images else {}
    if as_json:
        frame.print_json(_record(store, name, view, files))
        return
    if view is None:
        err.print(f"No audit yet. Next: labeller audit draw {shlex.quote(name)}")
        return
    out.print(
        f"{view.labelled} of {len(view.images)} images labelled, {view.skipped} could not be told"
    )
    report = service.audit_report(store, name)
    if report is not None:
        _show(report.now, report.rounds)
        err.print(report.advice)
    if show and view.next is not None:
        from labeller.cli.pictures import as_text

        out.print(as_text(list(service.images(store, name, [view.next]))))
    _say_next(name, view)


@commands.command()
def label(
    name: options.Name,
    image: Annotated[int, Argument(help="Number of the image.", metavar="IMAGE")],
    given: Annotated[
        str | None, Argument(help="The class: its name or its number.", metavar="CLASS")
    ] = None,
    skip: Annotated[bool, Option("--skip", help="It cannot be told.")] = False,
    expert: Expert = "me",
    workspace: options.Workspace = None,
) -> None:
    """Say what one image of the audit is: CLASS, or --skip."""
    if (given is None) != skip:
        raise usage("give either CLASS or --skip")
    store = frame.open_store(workspace)
    number = None if given is None else class_number(store, name, given)
    view = service.answer_audit(store, name, image, number, expert=expert)
    err.print(f"Saved: {len(view.said)} of {len(view.images)} images are done.")
    _say_next(name, view)


@commands.command()
def undo(name: options.Name, expert: Expert = "me", workspace: options.Workspace = None) -> None:
    """Take back what was said last."""
    image = service.undo_audit(frame.open_store(workspace), name, expert=expert)
    err.print(f"Taken back: image {image} is open again.")


def _save(store: Store, name: str, view: AuditView, folder: Path) -> dict[int, str]:
    """Writes each image without a word as `IMAGE.png`; returns the paths."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    left = [image for image in view.images if image not in view.said]
    files = {image: str(folder / f"{image}.png") for image in left}
    pictures = service.pictures(store, name, left, 256)
    for path, pixels in zip(files.values(), pictures, strict=True):
        Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(path)
    return files


def _record(
    store: Store, name: str, view: AuditView | None, files: dict[int, str]
) -> dict[str, Any]:
    if view is None:
        return {"images": 0}
    fields = ("labelled", "skipped", "next")
    record: dict[str, Any] = {"images": len(view.images)}
    record |= {field: getattr(view, field) for field in fields}
    if files:
        record["files"] = files
    report = service.audit_report(store, name)
    if report is not None:
        record |= {
            "now": [{**vars(one), "accuracy": one.accuracy} for one in report.now],
            "rounds": [{**vars(one), "accuracy": one.accuracy} for one in report.rounds],
            "more_answers": report.more,
            "advice": report.advice,
        }
    return record


def _show(now: tuple[AuditEstimate, ...], rounds: tuple[AuditEstimate, ...]) -> None:
    estimates = [(WHAT[one.what], one) for one in now]
    estimates += [(f"classifier of round {one.round}", one) for one in rounds[:-1]]
    rows = [
        (
            what,
            f"{one.right} of {one.asked}",
            percent(one.accuracy),
            f"{percent(one.low)} to {percent(one.high)}",
        )
        for what, one in estimates
    ]
    frame.print_table("what", "right", "accuracy", "95 % interval", rows=rows)


def _say_next(name: str, view: AuditView) -> None:
    if view.next is None:
        err.print("All images of the audit are done.")
        return
    quoted = shlex.quote(name)
    err.print(f"See the images: labeller audit status {quoted} --show, or --images FOLDER")
    frame.say_next("audit label", name, f" {view.next} CLASS")
