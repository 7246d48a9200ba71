"""The command that reproduces a paper's experiment."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from labeller.cli.choosing import file_or_word
from labeller.cli.follow import Watch
from labeller.cli.frame import err, out
from labeller.cli.measure import parse_seeds
from labeller.cli.outputs import new_folder
from labeller.cli.start import DataDir

Scale = Literal["smoke", "small", "paper"]


def reproduce(
    name: Annotated[str, typer.Argument(help="Which paper, e.g. cluster-labelling.")],
    folder: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Folder of the report; finished cells in it are kept.",
            callback=new_folder,
        ),
    ],
    scale: Annotated[
        Scale,
        typer.Option("--scale", help="smoke: seconds; small: two cores; paper: for a GPU."),
    ] = "small",
    seeds: Annotated[
        str,
        typer.Option(
            "--seeds",
            help="E.g. 0,1,2 (default: the experiment's own). One alone decides no finding.",
        ),
    ] = "",
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N.")] = "auto",
    data_dir: DataDir = None,
    loss_weights: Annotated[
        str | None,
        typer.Option(
            "--loss-weights",
            help="Of pl-ae and feature-prediction: a file, torchvision, or a stem.",
        ),
    ] = None,
) -> None:
    """Reproduce a paper's tables and figures, and say which of its findings hold here.

    A run that was stopped goes on where it was; a finished cell is not run again.
    """
    from labeller.reproduce import reproduce as run

    given = {
        "--scale": scale,
        "--out": str(folder),
        "--data-dir": str(data_dir) if data_dir else "",
        "--device": "" if device == "auto" else device,
        "--seeds": seeds,
        "--loss-weights": loss_weights or "",
    }
    words = [word for option, value in given.items() if value for word in (option, value)]
    with Watch() as watch:
        result = run(
            name,
            folder,
            scale=scale,
            seeds=parse_seeds(seeds) if seeds else None,
            device=device,
            data_dir=data_dir,
            loss_weights=file_or_word(loss_weights),
            command=shlex.join(["labeller", "reproduce", name, *words]),
            report=watch.report,
        )
    for finding in result["findings"]:
        out.print(f"{finding['verdict']:<18} {finding['claim']}", markup=False, soft_wrap=True)
    err.print(f"Written to {folder / 'report.md'}", markup=False)
