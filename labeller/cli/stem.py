"""The command that trains the small loss network that ships with the project."""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from labeller.cli.follow import Watch
from labeller.cli.frame import err, percent
from labeller.cli.start import DataDir


def train_stem(
    source: Annotated[str, typer.Argument(help="cifar10, ... or a folder or zip of images.")],
    out: Annotated[Path, typer.Option("--out", help="The .safetensors file to write.")],
    recipe: Annotated[
        Literal["labels"], typer.Option("--recipe", help="What it learns from.")
    ] = "labels",
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the images.")] = 6,
    limit: Annotated[
        int | None, typer.Option("--images", min=2, help="Use so many, drawn by the seed.")
    ] = None,
    size: Annotated[int, typer.Option("--size", min=8, help="Side of the images in pixels.")] = 32,
    batch_size: Annotated[int, typer.Option("--batch-size", min=2, help="Images a step.")] = 128,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same result.")] = 0,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N.")] = "auto",
    data_dir: DataDir = None,
) -> None:
    """Train the first layers of AlexNet, for perceptual losses without a download."""
    from labeller.config import TrainConfig
    from labeller.data.images import ImageStore
    from labeller.data.ingest import ingest
    from labeller.stem import train_stem as run

    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch, Watch() as watch:
        folder = Path(scratch) / "images"
        ingest(source, folder, size=size, data_dir=data_dir, report=watch.report)
        record = run(
            ImageStore(folder),
            out,
            recipe=recipe,
            config=TrainConfig(epochs=epochs, batch_size=batch_size, seed=seed, device=device),
            limit=limit,
            command=shlex.join(["labeller", *words]),
            report=watch.report,
        )
    if record.get("test_accuracy") is not None:
        err.print(f"test accuracy {percent(record['test_accuracy'])}")
    err.print(f"Written to {out}", markup=False)
