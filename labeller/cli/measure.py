"""The commands that measure the loop, and train the loss network that ships."""

from __future__ import annotations

import shlex
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from statistics import fmean, pstdev
from typing import Annotated, Any, Literal

from typer import Argument, Option

from labeller.cli import options
from labeller.cli.follow import Watch
from labeller.cli.frame import err, out, percent
from labeller.cli.measuring import finish, imported, numbers
from labeller.cli.outputs import new_file
from labeller.cli.settings import step_settings


def simulate(
    source: options.Source,
    method: Annotated[
        str | None, Option(help="NAME:PRESET@KEY=VALUE (default: the preset's).")
    ] = None,
    preset: options.Preset = "recommended",
    rounds: Annotated[int, Option(min=1, help="Rounds to go.")] = 1,
    answers: Annotated[
        str, Option(help="Answers in a round, or one number for each: 10,10,30.")
    ] = "10",
    expert: Annotated[options.Expert, Option(help="Who answers.")] = "card",
    error_rate: options.ErrorRate = 0.0,
    overconfidence: options.Overconfidence = 0.0,
    seed: options.Seed = 0,
    seeds: Annotated[str, Option(help="Several runs, e.g. 0,1,2, and their mean.")] = "",
    device: options.MeasuringDevice = "auto",
    epochs: Annotated[int | None, Option(min=1, help="Epochs of the first training.")] = None,
    setting: options.Setting = None,
    size: options.Size = None,
    audit: Annotated[
        int, Option(min=0, help="Random images labelled truly, to estimate with.")
    ] = 0,
    data_dir: options.DataDir = None,
    encoder: options.Encoder = None,
    json_file: options.JsonFile = None,
    workspace: options.Workspace = None,
) -> None:
    """Go through the whole loop with a simulated expert, and measure the accuracy."""
    from labeller.encoders import changes as encoding
    from labeller.experiments.simulation.simulate import Simulation
    from labeller.experiments.simulation.simulate import simulate as run

    every = numbers(seeds) if seeds else [seed]
    budgets = numbers(answers, "--answers")
    what = Simulation(
        source,
        size=size,
        data_dir=data_dir,
        preset=preset,
        method=method,
        epochs=epochs,
        overrides={**encoding(encoder), **step_settings(setting)},
        rounds=rounds,
        answers=budgets[0] if len(budgets) == 1 else budgets,
        expert=expert,
        error_rate=error_rate,
        overconfidence=overconfidence,
        audit=audit,
        device=device,
    )
    runs = []
    with tempfile.TemporaryDirectory(prefix="labeller-") as shared:
        for number in every:
            with Watch() as watch:
                result = run(
                    replace(what, seed=number),
                    workspace=workspace,
                    features=Path(shared),
                    report=watch.report,
                )
            runs.append(result)
            for line in _lines(result):
                err.print(line)
    result = _together(runs) if seeds else runs[0]
    finish(result, json_file, _say_accuracy)


def train_stem(
    source: Annotated[str, Argument(help="cifar10, ... or a folder or zip of images.")],
    file: Annotated[
        Path, Option("--out", help="The .safetensors file to write.", callback=new_file)
    ],
    recipe: Annotated[
        Literal["uic", "labels"],
        Option(help="uic: learn without labels; labels: from true classes."),
    ] = "uic",
    epochs: Annotated[int, Option(min=1, help="Passes over the images.")] = 6,
    limit: Annotated[
        int | None, Option("--images", min=2, help="Use so many, drawn by the seed.")
    ] = None,
    size: Annotated[int, Option(min=8, help="Side of the images in pixels.")] = 32,
    batch_size: options.BatchSize = 128,
    seed: options.Seed = 0,
    device: options.MeasuringDevice = "auto",
    data_dir: options.DataDir = None,
) -> None:
    """Train the first layers of AlexNet, for perceptual losses without a download."""
    from labeller.config import TrainConfig
    from labeller.experiments.train_stem import train_stem as run

    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    with Watch() as watch, imported(source, watch, size=size, data_dir=data_dir) as store:
        record = run(
            store,
            file,
            recipe=recipe,
            config=TrainConfig(epochs=epochs, batch_size=batch_size, seed=seed, device=device),
            limit=limit,
            command=shlex.join(["labeller", *words]),
            report=watch.report,
        )
    if record["probe_accuracy"] is not None:
        err.print(f"linear probe of the stem: {percent(record['probe_accuracy'])}")
    err.print(f"Written to {file}")


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
    keys = ["source", "method", "preset", "expert", "error_rate", "overconfidence"]
    keys += ["device", "versions"]
    shared = {key: runs[0][key] for key in keys}
    return {
        **shared,
        "seeds": [run["seed"] for run in runs],
        "test_accuracy": fmean(scores),
        "test_accuracy_std": pstdev(scores),
        "runs": runs,
    }


def _say_accuracy(result: dict[str, Any]) -> None:
    line = f"test accuracy {percent(result['test_accuracy'])}"
    if "runs" in result:
        spread = percent(result["test_accuracy_std"])
        line += f" (mean of {len(result['runs'])} seeds, standard deviation {spread})"
    out.print(line)
