"""The commands that reproduce a paper's experiment, and that try other settings of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Literal

from typer import Argument, Option

from labeller.cli import options
from labeller.cli.follow import Watch
from labeller.cli.frame import err, out, print_json
from labeller.cli.measuring import finish, numbers
from labeller.cli.outputs import new_folder
from labeller.cli.settings import file_or_word, parse_pairs

Scale = Literal["smoke", "small", "paper"]


def reproduce(
    name: Annotated[str, Argument(help="Which paper, e.g. cluster-labelling.")],
    folder: Annotated[
        Path,
        Option(
            "--out",
            help="Folder of the report; finished cells in it are kept.",
            callback=new_folder,
        ),
    ],
    scale: Annotated[
        Scale, Option(help="smoke: seconds; small: two cores; paper: for a GPU.")
    ] = "small",
    seeds: Annotated[
        str,
        Option(help="E.g. 0,1,2 (default: the experiment's own). One alone decides no finding."),
    ] = "",
    device: options.MeasuringDevice = "auto",
    data_dir: options.DataDir = None,
    loss_weights: Annotated[
        str | None, Option(help="Of pl-ae and feature-prediction: a file, torchvision, or a stem.")
    ] = None,
    processes: Annotated[
        int,
        Option(
            min=1,
            help="Cells at a time, each with its share of the cores. Times of epochs are then"
            " those of busy cores.",
        ),
    ] = 1,
) -> None:
    """Reproduce a paper's tables and figures, and say which of its findings hold here.

    A run that was stopped goes on where it was; a finished cell is not run again.
    """
    from labeller.experiments.reproduce import reproduce as run

    options = {
        "--scale": scale,
        "--out": str(folder),
        "--data-dir": str(data_dir) if data_dir else "",
        "--device": "" if device == "auto" else device,
        "--seeds": seeds,
        "--loss-weights": loss_weights or "",
        "--processes": str(processes) if processes > 1 else "",
    }
    words = [word for option, value in options.items() if value for word in (option, value)]
    with Watch() as watch:
        result = run(
            name,
            folder,
            scale=scale,
            seeds=numbers(seeds) if seeds else None,
            device=device,
            data_dir=data_dir,
            loss_weights=file_or_word(loss_weights),
            processes=processes,
            command=shlex.join(["labeller", "reproduce", name, *words]),
            report=watch.report,
        )
    for finding in result["findings"]:
        out.print(f"{finding['verdict']:<18} {finding['claim']}", soft_wrap=True)
    err.print(f"Written to {folder / 'report.md'}")


def trial(
    name: Annotated[str, Argument(help="Which paper, as for reproduce.")],
    row: Annotated[str, Argument(help="A cell without its seed, e.g. uic or random.")],
    setting: Annotated[
        list[str] | None,
        options.setting("E.g. epochs=24, method.width=48 (a cell's record)."),
    ] = None,
    scale: Annotated[Scale, Option(help="smoke, small or paper.")] = "small",
    seed: options.Seed = 0,
    on: Annotated[
        Literal["held-out", "test"],
        Option(help="Images it is scored on; test: as reproduce does, to report."),
    ] = "held-out",
    device: options.MeasuringDevice = "auto",
    data_dir: options.DataDir = None,
    json_file: options.JsonFile = None,
) -> None:
    """Run one row of a reproduction, with other settings or alone.

    It is scored on a tenth of the training images, which nothing learns from: settings chosen so
    are honest ones for [bold]reproduce[/bold], with other seeds. With [bold]--on test[/bold] its
    number can be reported, where all cells of a scale are too much for the machine.
    """
    from labeller.experiments.reproduce import trial as run
    from labeller.experiments.reproduce.report import DRAWING

    with Watch() as watch:
        record = run(
            name,
            row,
            scale=scale,
            seed=seed,
            changes=parse_pairs(setting or []),
            on=on,
            device=device,
            data_dir=data_dir,
            report=watch.report,
        )
    shown = {key: value for key, value in record.numbers.items() if key != DRAWING}
    result = {**vars(record), "numbers": shown}
    finish(result, json_file, lambda result: print_json(result["numbers"]))
