"""The command that reads all files of a project: verify."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from labeller.cli import frame, options
from labeller.cli.follow import Watch, follow
from labeller.cli.frame import err, service

if TYPE_CHECKING:
    from labeller.records import Verification


def verify(
    name: options.Name,
    repair: Annotated[
        bool, Option("--repair", help="Compute again what can be, from files that are intact.")
    ] = False,
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """Read every file of a project: its digest, and whether it fits the others."""
    store, view = frame.opened(workspace, name)
    with Watch() as watch:
        found = service.verify(store, view, watch.report)
    if repair and found.damaged:
        result: dict[str, Any] = follow(store, service.repair(store, view)).result
        err.print(f"{result['repaired']} of {len(found.damaged)} damaged files made again")
        for reason in result["reasons"]:
            err.print(f"Not made again: {reason}")
        found = service.verify(store, view)
    if as_json:
        frame.print_json([asdict(file) for file in found.files])
    else:
        _print(found)
    if found.damaged:
        raise typer.Exit(1)


def _print(found: Verification) -> None:
    if found.damaged:
        rows = [(file.path, f"{file.size:,}", file.reason, file.meaning) for file in found.damaged]
        frame.print_table("damaged file", "bytes", "how it is seen", "what to do", rows=rows)
    undigested = sum(file.state == "no digest" for file in found.files)
    older = f", {undigested} of them from before there were digests" if undigested else ""
    err.print(
        f"{len(found.files)} files, {found.bytes / 2**20:,.1f} MB: "
        f"{len(found.damaged) or 'none'} damaged{older}"
    )
