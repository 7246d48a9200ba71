"""The command that measures how fast pictures become features: benchmark encode."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from labeller.cli.follow import Watch
from labeller.cli.frame import out
from labeller.cli.measure import JsonFile, write_result


def encode(
    source: Annotated[
        Path | None, typer.Argument(help="A folder or zip of images (default: drawn JPEG files).")
    ] = None,
    limit: Annotated[int, typer.Option("--images", min=1, help="Use so many.")] = 256,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Turns of each loop.")] = 3,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N or mps.")] = (
        "auto"
    ),
    json_file: JsonFile = None,
) -> None:
    """Compare features of lite0, from files to numbers, with timm's network in a plain loop."""
    from labeller.experiments.speed.encode import encode_benchmark, picture_files

    with Watch() as watch:
        files = picture_files(source, limit)
        result = encode_benchmark(files, repeats=repeats, device=device, report=watch.report)
    if json_file is None or str(json_file) != "-":
        _show(result)
    write_result(result, json_file)


def _show(result: dict[str, Any]) -> None:
    table = Table("threads", "labeller, images/s", "timm eager, images/s", "ratio")
    for case in result["threads"].values():
        speeds = (f"{speed:,.1f}" for speed in case["images_per_second"].values())
        table.add_row(str(case["threads"]), *speeds, f"{case['ratio']:.2f}")
    out.print(f"{result['device_name']}, {result['images']:,} images:")
    out.print(table)
    out.print(f"features equal to {result['difference']:.0e}")
