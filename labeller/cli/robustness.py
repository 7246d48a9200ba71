"""The commands `labeller benchmark ...` that measure what the app withstands."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table
from typer import Option

from labeller.cli import options
from labeller.cli.follow import Watch
from labeller.cli.frame import out, print_table
from labeller.cli.measuring import finish


def faults(
    kinds: Annotated[
        str, Option(help="Kinds of faults, such as kills,damage (default: all).")
    ] = "",
    share: Annotated[float, Option(min=0.01, max=1, help="This share of each kind.")] = 1.0,
    json_file: options.JsonFile = None,
) -> None:
    """Break workspaces in every way we know, and count what is lost, stuck or silently wrong."""
    from labeller.experiments.faults import faults_benchmark

    names = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    with Watch() as watch:
        result = faults_benchmark(names, share, watch.report)
    finish(result, json_file, _show_faults)
    if result["complaints"]:
        raise typer.Exit(1)


def soak(
    minutes: Annotated[float, Option(min=0.1, help="How long.")] = 30.0,
    annotators: Annotated[int, Option(min=1, help="Simulated people who answer.")] = 20,
    browsers: Annotated[int, Option(min=0, help="Real browsers that answer.")] = 3,
    pause: Annotated[float, Option(min=0, help="Seconds between a person's answers.")] = 1.0,
    json_file: options.JsonFile = None,
) -> None:
    """Let many people answer for a long time while a job trains: errors, exactness, times, growth.

    The first fifth of the time nothing trains: the times of answers are compared with it.
    """
    from labeller.experiments.soak import soak_benchmark

    with Watch() as watch:
        result = soak_benchmark(
            minutes=minutes,
            annotators=annotators,
            browsers=browsers,
            pause=pause,
            report=watch.report,
        )
    finish(result, json_file, _show_soak)


def attacks(json_file: options.JsonFile = None) -> None:
    """Attack a published server in every way we know, and say how each was stopped."""
    from labeller.experiments.attacks.run import attacks_benchmark

    with Watch() as watch:
        result = attacks_benchmark(watch.report)
    finish(result, json_file, _show_attacks)
    if result["breaches"]:
        raise typer.Exit(1)


def _show_faults(result: dict[str, Any]) -> None:
    for complaint in result["complaints"]:
        out.print(f"{complaint['kind']}: {complaint['name']}: {complaint['note']}")
    rows = result["kinds"]
    headings = list(next(iter(rows.values()), {}))
    print_table("Fault", *headings, rows=[(kind, *row.values()) for kind, row in rows.items()])


def _show_soak(result: dict[str, Any]) -> None:
    table = Table("answers, milliseconds", "count", "p50", "p95", "most")
    for phase in ("idle", "training"):
        times = result["answers"][phase]
        values = (times.get(name) for name in ("count", "p50", "p95", "most"))
        table.add_row(phase, *(str(value) for value in values))
    out.print(table)
    grown = Table("process", "MiB", "MiB/hour", "handles", "handles/hour")
    for name, held in result["processes"].items():
        ends = [" to ".join(map(str, held[what])) for what in ("memory", "handles")]
        slopes = [str(held[f"{what}_per_hour"]) for what in ("memory", "handles")]
        grown.add_row(name, ends[0], slopes[0], ends[1], slopes[1])
    out.print(grown)
    tabs, ratio = result["browsers"], result["answers"]["ratio"]
    out.print(
        f"beside a training p95 is {ratio} times that without; {result['bytes_per_answer']:,} "
        f"bytes of the database per answer; {result['wrong']} answers wrong; "
        f"{len(result['errors'])} errors; {tabs['count']} browsers: {tabs['keys']} keys, "
        f"{tabs['stored']} answers stored, {len(tabs['errors'])} errors"
    )


def _show_attacks(result: dict[str, Any]) -> None:
    words = {True: "stopped", False: "BREACH", None: "not tried"}
    rows = [(each["name"], words[each["stopped"]], each["happened"]) for each in result["attacks"]]
    print_table("Attack", "", "What happened", rows=rows)
