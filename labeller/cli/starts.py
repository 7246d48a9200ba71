"""`labeller benchmark starts`: where a classifier of few labels should start from."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from labeller.cli.follow import Watch
from labeller.cli.frame import out
from labeller.cli.measure import JsonFile, parse_seeds, write_result
from labeller.cli.settings import parse_pairs
from labeller.cli.start import DataDir

Epochs = Annotated[int, typer.Option("--epochs", min=1, help="Of the autoencoder, unlabelled.")]


def starts(
    source: Annotated[str, typer.Argument(help="digits, cifar10, ... or a folder or zip.")],
    labelled: Annotated[
        str, typer.Option("--labelled", help="Numbers of labelled images.")
    ] = "100,250",
    seeds: Annotated[str, typer.Option("--seeds", help="One run each.")] = "0",
    epochs: Epochs = 12,
    tuning: Annotated[
        int, typer.Option("--tuning", min=1, help="Epochs of the classifier, labelled.")
    ] = 30,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Of symmetric-dae: corruption=patch."),
    ] = None,
    size: Annotated[
        int | None, typer.Option("--size", min=1, help="Side of the images in pixels.")
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N.")] = "auto",
    data_dir: DataDir = None,
    json_file: JsonFile = None,
) -> None:
    """Compare a classifier that starts from a denoising encoder with random starts."""
    from labeller.config import TrainConfig
    from labeller.experiments.initialisation.starts import starts_benchmark

    rate = {"learning_rate": 1e-3, "device": device}
    with Watch() as watch:
        result = starts_benchmark(
            source,
            labelled=parse_seeds(labelled, "--labelled"),
            seeds=parse_seeds(seeds),
            config=parse_pairs(setting or []),
            pretraining=TrainConfig(epochs=epochs, batch_size=128, **rate),
            tuning=TrainConfig(epochs=tuning, batch_size=64, **rate),
            size=size,
            data_dir=data_dir,
            report=watch.report,
        )
    if json_file is None or str(json_file) != "-":
        _show(result)
    write_result(result, json_file)


def _show(result: dict[str, Any]) -> None:
    counts = list(next(iter(result["mean"].values())))
    table = Table(title=f"Test accuracy by start, mean of {len(result['seeds'])} seeds, per cent")
    table.add_column("start")
    for count in counts:
        table.add_column(f"{count} labels", justify="right")
    for start, found in result["mean"].items():
        table.add_row(start, *(f"{100 * found[count]:.1f}" for count in counts))
    out.print(table)
