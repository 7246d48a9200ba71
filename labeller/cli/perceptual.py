"""The commands of perceptual losses: train the loss network that ships, measure the loss."""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from labeller.cli.follow import Watch
from labeller.cli.frame import err, out, percent
from labeller.cli.measure import JsonFile, benchmark, write_result
from labeller.cli.outputs import new_file
from labeller.cli.settings import parse_pairs
from labeller.cli.start import DataDir


def train_stem(
    source: Annotated[str, typer.Argument(help="cifar10, ... or a folder or zip of images.")],
    file: Annotated[
        Path, typer.Option("--out", help="The .safetensors file to write.", callback=new_file)
    ],
    recipe: Annotated[
        Literal["uic", "labels"],
        typer.Option("--recipe", help="uic: learn without labels; labels: from true classes."),
    ] = "uic",
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the images.")] = 6,
    limit: Annotated[
        int | None, typer.Option("--images", min=2, help="Use so many, drawn by the seed.")
    ] = None,
    size: Annotated[int, typer.Option("--size", min=8, help="Side of the images in pixels.")] = 32,
    batch_size: Annotated[int, typer.Option("--batch-size", min=2, help="Images per step.")] = 128,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same result.")] = 0,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N.")] = "auto",
    data_dir: DataDir = None,
) -> None:
    """Train the first layers of AlexNet, for perceptual losses without a download."""
    from labeller.config import TrainConfig
    from labeller.data.images import ImageStore
    from labeller.data.ingest import ingest
    from labeller.experiments.train_stem import train_stem as run

    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch, Watch() as watch:
        folder = Path(scratch) / "images"
        ingest(source, folder, size=size, data_dir=data_dir, report=watch.report)
        record = run(
            ImageStore(folder),
            file,
            recipe=recipe,
            config=TrainConfig(epochs=epochs, batch_size=batch_size, seed=seed, device=device),
            limit=limit,
            command=shlex.join(["labeller", *words]),
            report=watch.report,
        )
    if record["probe_accuracy"] is not None:
        err.print(f"linear probe of the stem: {percent(record['probe_accuracy'])}")
    err.print(f"Written to {file}", markup=False)


@benchmark.command()
def perceptual(
    side: Annotated[int, typer.Option("--size", min=1, help="Side of the images in pixels.")] = 64,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Images per turn.")] = 100,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Turns of each version.")] = 5,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the loss network."),
    ] = None,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N.")] = "auto",
    json_file: JsonFile = None,
) -> None:
    """Compare the perceptual loss without padding, and with the features of its targets kept,
    with the padded one that both equal."""
    from labeller.experiments.speed.perceptual_loss import perceptual_benchmark

    with Watch() as watch:
        result = perceptual_benchmark(
            side=side,
            batch_size=batch_size,
            repeats=repeats,
            device=device,
            loss=parse_pairs(setting or []),
            report=watch.report,
        )
    if json_file is None or str(json_file) != "-":
        fewer = result["operations"]["padded"] / result["operations"]["unpadded"]
        out.print(
            f"{result['device_name']}: without padding {result['ratio']:.2f} times as fast "
            f"({fewer:.2f} times fewer operations), with kept targets {result['ratio_kept']:.2f}, "
            f"gradients equal to {result['gradient_difference']:.0e} of the largest"
        )
    write_result(result, json_file)
