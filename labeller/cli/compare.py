"""The command that trains several methods on the same images and measures them: compare."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer import Option

from labeller.cli import options
from labeller.cli.follow import Watch
from labeller.cli.frame import err, print_json, usage
from labeller.cli.measuring import imported, numbers
from labeller.cli.settings import LOSS_WEIGHTS, file_or_word, parse_pairs, split_methods
from labeller.errors import DataError

if TYPE_CHECKING:
    import numpy as np

    from labeller.cli.compare_file import CompareFile
    from labeller.comparison.plan import CompareConfig
    from labeller.config import TrainConfig
    from labeller.encoders import Encoder

TRAIN = "train."
TARGET = 0.9  # share of the images that answers label rightly
PART = 4096  # images that are read at once
OF_OPTIONS = {"seed": "--seeds", "device": "--device"}


def compare(
    source: options.Source,
    methods: Annotated[
        list[str],
        Option(
            help="e.g. vae,ae:deep (NAME:PRESET@KEY=VALUE; see `labeller methods`); repeatable."
        ),
    ],
    epochs: Annotated[int, Option(min=1, help="Epochs of each training.")] = 12,
    z: Annotated[str, Option(help="Latent sizes, e.g. 16,64 (none: each method's own).")] = "",
    seeds: options.Seeds = "0",
    images: Annotated[int, Option(min=0, help="Train on so many at most (0: all).")] = 0,
    batch_size: options.BatchSize = 256,
    learning_rate: Annotated[float, Option(help="Peak step size of the optimiser.")] = 2e-3,
    answers: Annotated[
        str,
        Option(
            help="Numbers of answers about clusters of the latents: one each, its card's majority."
        ),
    ] = "10,20,30,50",
    preset: Annotated[
        Literal["manifold", "paper"], Option(help="Space of that curve.")
    ] = "manifold",
    target: Annotated[
        list[float] | None,
        Option(
            min=0,
            max=1,
            help="Say how many answers reach this accuracy (default: 0.9); repeatable.",
        ),
    ] = None,
    loop: Annotated[
        bool,
        Option(
            "--loop",
            help="Also through the whole loop (simulate, preset recommended, all training images) "
            "with the same numbers of answers: test accuracy. Takes much longer.",
        ),
    ] = False,
    layers: Annotated[bool, Option("--layers", help="Probe each convolution too.")] = False,
    mlp_epochs: Annotated[int, Option(min=0, help="Train the grid of MLPs so long (0: not).")] = 0,
    probe_every: Annotated[int, Option(min=0, help="Epochs between two probes (0: none).")] = 1,
    positions: Annotated[str, Option(help="TRAIN.npz,TEST.npz: images and positions.")] = "",
    setting: Annotated[
        list[str] | None,
        options.setting(
            "For every method that has the setting; train.KEY=VALUE of the training, "
            "e.g. train.validation=0.1, train.schedule=plateau, train.optimiser=sgd.",
        ),
    ] = None,
    loss_weights: Annotated[
        str | None,
        Option(help="Of the loss network of every method that has one: a file, or torchvision."),
    ] = None,
    encoder: options.Encoder = None,
    size: options.Size = None,
    device: options.MeasuringDevice = "auto",
    data_dir: options.DataDir = None,
    json_file: options.JsonFile = None,
) -> None:
    """Train methods on the same images, and put what their latents are good for in one table.

    With --json FILE every finished run is kept there at once: the same command goes on from it.
    Methods that read features (`labeller methods`) read those of the --encoder.
    """
    from labeller.cli.compare_file import CompareFile
    from labeller.cli.compare_loop import through_loop
    from labeller.comparison.plan import CompareConfig, sized
    from labeller.comparison.run import with_digest
    from labeller.config import PIXELS
    from labeller.encoders import parsed
    from labeller.methods import registry
    from labeller.runtime import resolve_device

    settings = parse_pairs(setting or [])
    if loss_weights:
        settings = {LOSS_WEIGHTS: file_or_word(loss_weights), **settings}
    base = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    config = CompareConfig(
        methods=split_methods(methods, registry.everything()),
        latents=tuple(numbers(z, "--z")),
        seeds=tuple(numbers(seeds, "--seeds")),
        encode=parsed(encoder) if encoder else PIXELS,
        train=_training(base, settings),
        settings={name: value for name, value in settings.items() if not name.startswith(TRAIN)},
        images=images,
        answers=tuple(numbers(answers, "--answers")),
        preset=preset,
        layers=layers,
        mlp_epochs=mlp_epochs,
        probe_every=probe_every,
        positions=tuple(part.strip() for part in positions.split(",") if part.strip()),
        maps=(),
    )
    config = sized(config, {name: registry.size_field(name) for name in registry.everything()})
    resolve_device(device)
    config, seen_by = with_digest(config, device)
    about = {
        "source": source.rstrip("/") or source,
        "size": size,
        "config": config.model_dump(mode="json"),
    }
    file = CompareFile(None if str(json_file) == "-" else json_file, about)
    with file.opened():
        _run(config, file, data_dir, device, loop, seen_by)
        records = file.wanted(config)
        if loop:
            through_loop(records, config, about, data_dir=data_dir, device=device, keep=file.keep)
    if str(json_file) == "-":
        print_json(file.content())
    _show(records, json_file, target or (TARGET,))


def _training(base: dict[str, Any], settings: dict[str, Any]) -> TrainConfig:
    """How every method is trained: `base`, and over it the settings `train.KEY`."""
    from labeller.config import TrainConfig

    fields = [name for name in TrainConfig.model_fields if name not in OF_OPTIONS]
    changes = {key.removeprefix(TRAIN): settings[key] for key in settings if key.startswith(TRAIN)}
    for name in changes:
        if name in OF_OPTIONS:
            raise usage(f"train.{name} is chosen with {OF_OPTIONS[name]}")
        if name not in fields:
            raise usage(f"KEY of --set train.KEY must be one of {', '.join(fields)}, got {name}")
    return TrainConfig.model_validate({**base, **changes})


def _run(
    config: CompareConfig,
    file: CompareFile,
    data_dir: Path | None,
    device: str,
    loop: bool,
    encoder: Encoder | None,
) -> None:
    """Run what the file does not hold yet."""
    from labeller.comparison.plan import cells, unfinished
    from labeller.comparison.run import run_comparison
    from labeller.comparison.subject import Subject
    from labeller.evaluation.targets import read_targets
    from labeller.jobs.features import computed_once
    from labeller.store.features import FeatureFile
    from labeller.store.files import ProjectFolder

    source, size = file.head["source"], file.head["size"]
    done = list(file.runs.values())
    with Watch() as watch, imported(source, watch, size=size, data_dir=data_dir) as store:
        targets = read_targets(store.folder)
        if loop and not len(store.test):
            raise DataError(
                f"--loop measures on test images, and {source} has none: put some into a folder "
                "test beside one train, or leave --loop out"
            )
        file.of_images(_digest(store.images, targets))
        todo = unfinished(config, done)
        kept = len(cells(config)) - len(todo)
        if kept:
            err.print(f"{kept} of {len(cells(config))} runs are in {file.path} already")
        subject = Subject.of(store, targets, config.images)
        if encoder is not None and any(cell.method in config.features for cell in todo):
            features = FeatureFile(ProjectFolder(store.folder.parent), encoder.digest)
            values = computed_once(store, encoder, features, report=watch.report)
            subject = subject.seen_by(encoder, values)
        run_comparison(
            config,
            subject,
            lambda record, _: file.keep(record),
            done=done,
            device=device,
            report=watch.report,
        )


def _digest(images: np.ndarray, targets: np.ndarray | None) -> str:
    """Twelve digits that are others for other images or other true classes."""
    digest = hashlib.sha256(repr(images.shape).encode())
    for part in range(0, len(images), PART):
        digest.update(images[part : part + PART].tobytes())
    if targets is not None:
        digest.update(targets.tobytes())
    return digest.hexdigest()[:12]


def _show(records: list[dict[str, Any]], json_file: Path | None, targets: Sequence[float]) -> None:
    from labeller.cli.compare_table import measured, show
    from labeller.comparison.table import run_table

    for record in records:
        if record["state"] == "failed":
            err.print(f"{record['label']}, seed {record['seed']}: {record['error']}")
        elif "loop_error" in record:
            head = f"{record['label']}, seed {record['seed']}, the loop"
            err.print(f"{head}: {record['loop_error']}")
    runs = run_table(records)
    if str(json_file) != "-" and len(runs):
        show(measured(runs, targets))
        if runs["seed"].nunique() > 1:
            err.print("Means over the seeds ± their standard deviation.")
    if json_file is not None and str(json_file) != "-":
        err.print(f"Written to {json_file}")
    if any(record["state"] == "failed" or "loop_error" in record for record in records):
        raise typer.Exit(1)
