"""The options and the end that the measuring commands share."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from labeller.cli.follow import Watch
from labeller.cli.frame import err, print_json, say_left_out, usage
from labeller.cli.outputs import new_file

if TYPE_CHECKING:
    from labeller.data.images import ImageStore

Expert = Literal["picture", "card", "oracle"]
Source = Annotated[str, typer.Argument(help="digits, mnist, ... or a folder with class folders.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same result.")]
Seeds = Annotated[str, typer.Option("--seeds", help="A run for each, e.g. 0,1,2.")]
BatchSize = Annotated[int, typer.Option("--batch-size", min=2, help="Images per step.")]
Size = Annotated[int | None, typer.Option("--size", min=1, help="Side of the images in pixels.")]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting, e.g. train.epochs=3."),
]
MethodSetting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting of what is trained."),
]
Cache = Annotated[
    Path | None,
    typer.Option("--cache", help="Keep what all runs share in this folder, for other runs."),
]
ErrorRate = Annotated[
    float, typer.Option("--error-rate", min=0, max=1, help="Share of the labels that are wrong.")
]
Overconfidence = Annotated[
    float,
    typer.Option(
        "--overconfidence", min=0, max=1, help="How far the confidence is moved towards 1."
    ),
]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", help="Write the result here (-: print it).", callback=new_file),
]


def numbers(text: str, option: str = "--seeds", kind: Callable[[str], Any] = int) -> list[Any]:
    """The numbers of `0,1,2`."""
    parts = [part for part in text.split(",") if part.strip()]
    try:
        if text and not parts:
            raise ValueError(text)
        return [kind(part) for part in parts]
    except ValueError:
        raise usage(f"{option} must be numbers like 0,1,2, got {text}") from None


def finish(
    result: dict[str, Any], json_file: Path | None, show: Callable[[dict[str, Any]], None]
) -> None:
    """Show what was measured, and write it to a file; for `-` it is printed as JSON instead."""
    if str(json_file) == "-":
        print_json(result)
        return
    show(result)
    if json_file is not None:
        json_file.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        err.print(f"Written to {json_file}", markup=False)


@contextmanager
def kept_in(cache: Path | None) -> Iterator[Path]:
    """The folder that a person named, or one that goes at the end."""
    if cache is not None:
        yield cache
        return
    with tempfile.TemporaryDirectory(prefix="labeller-") as folder:
        yield Path(folder)


@contextmanager
def imported(
    source: str, watch: Watch, *, size: int | None = None, data_dir: Path | None = None
) -> Iterator[ImageStore]:
    """The images of a source, in a folder that goes at the end."""
    from labeller.data.images import ImageStore
    from labeller.data.ingest import ingest

    with kept_in(None) as scratch:
        folder = scratch / "images"
        summary = ingest(source, folder, size=size, data_dir=data_dir, report=watch.report)
        say_left_out(summary.unreadable)
        yield ImageStore(folder)
