"""The commands that measure: simulate, benchmark."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import fmean, median, pstdev
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.table import Table

from labeller.cli.follow import Watch
from labeller.cli.frame import Encoder, Workspace, err, out, percent, print_json, usage
from labeller.cli.outputs import new_file
from labeller.cli.settings import parse_pairs, step_settings
from labeller.cli.start import DataDir

if TYPE_CHECKING:
    import numpy as np

Expert = Literal["picture", "card", "oracle"]

JsonFile = Annotated[
    Path | None,
    typer.Option("--json", help="Write the result here (-: print it).", callback=new_file),
]

ErrorRate = Annotated[
    float,
    typer.Option("--error-rate", min=0, max=1, help="Share of the labels that are wrong."),
]
Overconfidence = Annotated[
    float,
    typer.Option(
        "--overconfidence", min=0, max=1, help="How far the confidence is moved towards 1."
    ),
]

benchmark = typer.Typer(no_args_is_help=True, help="Measure accuracy for each answer, and speed.")


def simulate(
    source: Annotated[
        str, typer.Argument(help="digits, mnist, ... or a folder with class folders.")
    ],
    method: Annotated[
        str | None, typer.Option("--method", help="NAME:PRESET@KEY=VALUE (default: the preset's).")
    ] = None,
    preset: Annotated[
        str, typer.Option("--preset", help="recommended, manifold or paper.")
    ] = "recommended",
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds to go.")] = 1,
    answers: Annotated[
        str, typer.Option("--answers", help="Answers in a round, or one number for each: 10,10,30.")
    ] = "10",
    expert: Annotated[Expert, typer.Option("--expert", help="Who answers.")] = "card",
    error_rate: ErrorRate = 0.0,
    overconfidence: Overconfidence = 0.0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same result.")] = 0,
    seeds: Annotated[
        str, typer.Option("--seeds", help="Several runs, e.g. 0,1,2, and their mean.")
    ] = "",
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N.")] = "auto",
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Epochs of the first training.")
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting, e.g. cluster.clusters=30."),
    ] = None,
    size: Annotated[
        int | None, typer.Option("--size", min=1, help="Side of the images in pixels.")
    ] = None,
    audit: Annotated[
        int, typer.Option("--audit", min=0, help="Random images labelled truly, to estimate with.")
    ] = 0,
    data_dir: DataDir = None,
    encoder: Encoder = None,
    json_file: JsonFile = None,
    workspace: Workspace = None,
) -> None:
    """Go through the whole loop with a simulated expert, and measure the accuracy."""
    from labeller.encoders import changes as encoding
    from labeller.experiments.simulation.simulate import simulate as run

    overrides = {**encoding(encoder), **step_settings(setting)}
    numbers = parse_seeds(seeds) if seeds else [seed]
    budgets = parse_seeds(answers, "--answers")
    runs = []
    with tempfile.TemporaryDirectory(prefix="labeller-") as shared:
        for number in numbers:
            with Watch() as watch:
                result = run(
                    source,
                    method=method,
                    preset=preset,
                    rounds=rounds,
                    answers=budgets if len(budgets) > 1 else budgets[0],
                    expert=expert,
                    error_rate=error_rate,
                    overconfidence=overconfidence,
                    seed=number,
                    device=device,
                    data_dir=data_dir,
                    epochs=epochs,
                    report=watch.report,
                    workspace=workspace,
                    size=size,
                    audit=audit,
                    overrides=overrides,
                    features=Path(shared),
                )
            runs.append(result)
            for line in _lines(result):
                err.print(line)
    result = _together(runs) if seeds else runs[0]
    if json_file is None or str(json_file) != "-":
        _say_accuracy(result)
    write_result(result, json_file)


@benchmark.callback()
def _benchmark() -> None:
    """Measure accuracy for each answer, and speed on this machine."""


@benchmark.command()
def epoch(
    source: Annotated[
        str, typer.Option("--source", help="A named set, a folder or a zip (default: digits).")
    ] = "",
    limit: Annotated[int, typer.Option("--images", min=2, help="Use so many.")] = 10_000,
    method: Annotated[
        str, typer.Option("--method", help="What is trained: NAME:PRESET@KEY=VALUE.")
    ] = "vae",
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of the method."),
    ] = None,
    batch_size: Annotated[int, typer.Option("--batch-size", min=2, help="Images a step.")] = 256,
    repeats: Annotated[int, typer.Option("--repeats", min=1, help="Epochs of each loop.")] = 5,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:N.")] = "auto",
    data_dir: DataDir = None,
    json_file: JsonFile = None,
) -> None:
    """Compare an epoch of training with a plain DataLoader loop and with a bare loop."""
    from labeller.config import RoundConfig
    from labeller.experiments.speed.epoch import enlarged_digits, epoch_benchmark
    from labeller.jobs.catalogue import check_method
    from labeller.methods import registry

    name, config = registry.chosen(method)
    config |= parse_pairs(setting or [])
    check_method(RoundConfig(method=name, method_config=config))
    images = _images(source, data_dir)[:limit] if source else enlarged_digits(limit)
    with Watch() as watch:
        result = epoch_benchmark(
            images,
            method=name,
            config=config,
            batch_size=batch_size,
            repeats=repeats,
            device=device,
            report=watch.report,
        )
    if json_file is None or str(json_file) != "-":
        _show_speed(result)
    write_result(result, json_file)


def parse_seeds(text: str, option: str = "--seeds") -> list[int]:
    """The numbers of `0,1,2`."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise usage(f"{option} must be numbers like 0,1,2, got {text}") from None


def _lines(result: dict[str, Any]) -> list[str]:
    audited = [
        f"audit of {one['asked']} images: {one['what']} {percent(one['accuracy'])} right "
        f"({percent(one['low'])} to {percent(one['high'])}), truly {percent(one['true_accuracy'])}"
        for one in result.get("audit", {}).get("estimates", [])
    ]
    return [
        f"seed {result['seed']}, round {row['round']}: {row['answers_total']} answers, "
        f"{percent(row.get('coverage'))} covered, "
        f"labels {percent(row.get('propagated_accuracy'))} right, "
        f"test accuracy {percent(row.get('test_accuracy'))}"
        for row in result["rounds"]
    ] + audited


def _together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Several runs as one record: what they share, the mean and the spread of their accuracy."""
    scores = [run["test_accuracy"] for run in runs]
    keys = (
        "source",
        "method",
        "preset",
        "expert",
        "error_rate",
        "overconfidence",
        "device",
        "versions",
    )
    shared = {key: runs[0][key] for key in keys}
    return {
        **shared,
        "seeds": [run["seed"] for run in runs],
        "test_accuracy": fmean(scores),
        "test_accuracy_std": pstdev(scores),
        "runs": runs,
    }


def _images(source: str, data_dir: Path | None) -> np.ndarray:
    """The training images of a source, uint8 (N, H, W, C)."""
    from labeller.data.images import ImageStore
    from labeller.data.ingest import ingest

    with tempfile.TemporaryDirectory(prefix="labeller-") as scratch, Watch() as watch:
        folder = Path(scratch) / "images"
        ingest(source, folder, data_dir=data_dir, report=watch.report)
        store = ImageStore(folder)
        return store.images[store.train]


def _say_accuracy(result: dict[str, Any]) -> None:
    line = f"test accuracy {percent(result['test_accuracy'])}"
    if "runs" in result:
        spread = percent(result["test_accuracy_std"])
        line += f" (mean of {len(result['runs'])} seeds, standard deviation {spread})"
    out.print(line)


def _show_speed(result: dict[str, Any]) -> None:
    table = Table("loop", "images/s", "seconds an epoch")
    for name, loop in result["loops"].items():
        table.add_row(name, f"{loop['images_per_second']:,.0f}", f"{median(loop['seconds']):.2f}")
    out.print(f"{result['device_name']}:")
    out.print(table)
    for name, ratio in result["ratios"].items():
        ours, theirs = name.split("_to_")
        out.print(f"labeller {ours} is {ratio:.2f} times as fast as the loop {theirs}")


def write_result(result: dict[str, Any], path: Path | None) -> None:
    """Write what was measured to a file, or to standard output for `-`."""
    if path is None:
        return
    if str(path) == "-":
        print_json(result)
        return
    path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    err.print(f"Written to {path}", markup=False)
