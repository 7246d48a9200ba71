"""The command that makes the pictures for object positioning: lander."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from labeller.cli.follow import Watch
from labeller.cli.frame import err
from labeller.cli.outputs import new_folder


def lander(
    out: Annotated[
        Path,
        typer.Argument(help="Folder for the three runs, as .npz files.", callback=new_folder),
    ],
    rollouts: Annotated[int, typer.Option("--rollouts", min=1, help="Flights in a run.")] = 700,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Pictures in a flight.")] = 150,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same pictures.")] = 0,
) -> None:
    """Fly a lunar lander at random and keep pictures of it with its position (needs gymnasium).

    Three runs, as in the feature prediction paper: compare methods on the first, and give the
    others to [bold]compare --positions[/bold].
    """
    from labeller.data.lunar_lander import RUNS, collect, write_run
    from labeller.runtime import stream_seed

    for name in RUNS:
        with Watch() as watch:
            run_seed = stream_seed(seed, f"lander/{name}")
            found = collect(rollouts, steps=steps, seed=run_seed, report=watch.report)
        write_run(out / f"{name}.npz", *found)
        err.print(f"Written to {out / f'{name}.npz'}", markup=False)
