"""The commands that measure: simulate, benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean, pstdev
from typing import Annotated, Any, Literal

import typer

from labeller.cli.follow import Watch
from labeller.cli.frame import Workspace, err, out, percent, print_json, usage
from labeller.cli.settings import step_settings
from labeller.cli.start import DataDir

Expert = Literal["picture", "card", "oracle"]

benchmark = typer.Typer(no_args_is_help=True, help="Measure speed on this machine.")


def simulate(
    source: Annotated[
        str, typer.Argument(help="digits, mnist, ... or a folder with class folders.")
    ],
    preset: Annotated[str, typer.Option("--preset", help="manifold or paper.")] = "manifold",
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="Rounds to go.")] = 1,
    answers: Annotated[int, typer.Option("--answers", min=1, help="Answers in a round.")] = 10,
    expert: Annotated[Expert, typer.Option("--expert", help="Who answers.")] = "card",
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
    data_dir: DataDir = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the result here (-: print it).")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Go through the whole loop with a simulated expert, and measure the accuracy."""
    from labeller.simulate import simulate as run

    numbers = _seeds(seeds) if seeds else [seed]
    runs = []
    for number in numbers:
        with Watch() as watch:
            result = run(
                source,
                preset=preset,
                rounds=rounds,
                answers=answers,
                expert=expert,
                seed=number,
                device=device,
                data_dir=data_dir,
                epochs=epochs,
                report=watch.report,
                workspace=workspace,
                size=size,
                overrides=step_settings(setting),
            )
        runs.append(result)
        for line in _lines(result):
            err.print(line)
    _write(runs[0] if not seeds else _together(runs), json_file)


@benchmark.callback()
def _benchmark() -> None:
    """Measure speed on this machine."""


def _seeds(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise usage(f"--seeds must be numbers like 0,1,2, got {text}") from None


def _lines(result: dict[str, Any]) -> list[str]:
    return [
        f"seed {result['seed']}, round {row['round']}: {row['answers_total']} answers, "
        f"{percent(row.get('coverage'))} covered, "
        f"labels {percent(row.get('propagated_accuracy'))} right, "
        f"test accuracy {percent(row.get('test_accuracy'))}"
        for row in result["rounds"]
    ]


def _together(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Several runs as one record: what they share, the mean and the spread of their accuracy."""
    scores = [run["test_accuracy"] for run in runs]
    shared = {key: runs[0][key] for key in ("source", "preset", "expert", "device", "versions")}
    return {
        **shared,
        "seeds": [run["seed"] for run in runs],
        "test_accuracy": fmean(scores),
        "test_accuracy_std": pstdev(scores),
        "runs": runs,
    }


def _write(result: dict[str, Any], path: Path | None) -> None:
    out_line = f"test accuracy {percent(result['test_accuracy'])}"
    if "test_accuracy_std" in result:
        out_line += (
            f" (mean of {len(result['runs'])} seeds, std {percent(result['test_accuracy_std'])})"
        )
    if path is not None and str(path) == "-":
        print_json(result)
        return
    out.print(out_line)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        err.print(f"Written to {path}", markup=False)
