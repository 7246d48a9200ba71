"""The arguments and options that several commands have, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from typer import Argument, Option

from labeller.cli.outputs import new_file

# A project, and what is done with it.
Workspace = Annotated[
    Path | None,
    Option(
        "--workspace",
        "-w",
        help="Folder of all projects (default: $LABELLER_WORKSPACE, else the user's data folder).",
        show_default=False,
    ),
]
Name = Annotated[str, Argument(help="Name of the project.", metavar="NAME")]
AsJson = Annotated[bool, Option("--json", help="Print JSON, for programs.")]
Wait = Annotated[bool, Option("--wait/--no-wait", help="Stay until the job is done.")]
Device = Annotated[str, Option(help="auto, cpu, cuda, cuda:N or mps.")]
Preset = Annotated[str, Option(help="recommended, manifold or paper.")]
Size = Annotated[int | None, Option(min=8, max=128, help="Side of the images in pixels.")]
DataDir = Annotated[
    Path | None, Option(help="Where data sets lie or are downloaded ($LABELLER_DATA).")
]
Encoder = Annotated[
    str | None,
    Option(
        metavar="NAME[:VALUE]",
        help="What sees the pictures: {labeller.encoders}; as timm:MODEL, file:FEATURES.",
    ),
]


def setting(help: str) -> Any:
    """The option `--set KEY=VALUE`, for what `help` says; it can be repeated."""
    return Option("--set", metavar="KEY=VALUE", help=help)


# A measurement, outside of any project.
Source = Annotated[str, Argument(help="digits, mnist, ... or a folder with class folders.")]
Expert = Literal["picture", "card", "oracle"]
ErrorRate = Annotated[float, Option(min=0, max=1, help="Share of the labels that are wrong.")]
Overconfidence = Annotated[
    float, Option(min=0, max=1, help="How far the confidence is moved towards 1.")
]
MeasuringDevice = Annotated[str, Option(help="auto, cpu, cuda, cuda:N.")]
Seed = Annotated[int, Option(min=0, help="Same seed, same result.")]
Seeds = Annotated[str, Option(help="A run for each, e.g. 0,1,2.")]
BatchSize = Annotated[int, Option(min=2, help="Images per step.")]
Setting = Annotated[list[str] | None, setting("A setting, e.g. train.epochs=3.")]
MethodSetting = Annotated[list[str] | None, setting("A setting of what is trained.")]
Cache = Annotated[
    Path | None, Option(help="Keep what all runs share in this folder, for other runs.")
]
JsonFile = Annotated[
    Path | None,
    Option("--json", help="Write the result here (-: print it).", callback=new_file),
]
