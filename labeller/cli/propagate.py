"""The command that gives the answers to the images: propagate."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from labeller.cli.frame import AsJson, Name, Workspace, err, open_store, out, percent, print_json
from labeller.cli.settings import changed, parse_pairs

if TYPE_CHECKING:
    from labeller.records import Preview


def propagate(
    name: Name,
    rule: Annotated[
        str | None,
        typer.Option("--rule", help="How answers spread: {labeller.rounds.propagation}."),
    ] = None,
    decay: Annotated[
        str | None, typer.Option("--decay", help="exponential, gaussian, posterior or uniform.")
    ] = None,
    distance: Annotated[
        str | None, typer.Option("--distance", help="euclidean or mahalanobis.")
    ] = None,
    a: Annotated[float | None, typer.Option("--a", help="How fast the weight falls.")] = None,
    scaled: Annotated[
        bool | None, typer.Option("--scaled/--raw", help="Distance in medians of the cluster.")
    ] = None,
    core: Annotated[
        float | None,
        typer.Option("--core", help="spreading, poisson: share of a cluster that is its core."),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option("--alpha", help="spreading: how much comes from the neighbours."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Any setting of the rule; repeatable."),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show it, write nothing.")] = False,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Give each answer to the images of its cluster, or to those that the neighbours lead to."""
    from labeller import service
    from labeller.config import RoundConfig

    store = open_store(workspace)
    view = service.project(store, name)
    changes = {"rule": rule, "decay": decay, "distance": distance, "a": a, "scaled": scaled}
    changes |= {"core": core, "alpha": alpha, **parse_pairs(settings or [])}
    base = RoundConfig(propagate=view.config.propagate)
    whole = changed(base, {f"propagate.{key}": value for key, value in changes.items()})
    verb = service.preview if preview else service.propagate
    result = verb(store, view, whole.propagate)
    if as_json:
        print_json(_summary(result))
        return
    _show(result)
    if not preview:
        err.print(f"Next: [bold]labeller retrain {shlex.quote(view.name)}[/bold]")


def _summary(result: Preview) -> dict[str, Any]:
    return {
        "coverage": result.coverage,
        "effective": result.effective,
        "balance": result.balance.to_dict("records"),
        "by_answer": result.by_answer.to_dict("records"),
    }


def _show(result: Preview) -> None:
    table = Table("class", "images", "mean weight")
    for row in result.balance.to_dict("records"):
        mean = row["weight"] / row["images"] if row["images"] else 0.0
        table.add_row(str(row["name"]), f"{int(row['images']):,}", f"{mean:.2f}")
    out.print(table)
    out.print(
        f"{percent(result.coverage)} of the images have a label, "
        f"worth {result.effective:,.0f} images of full weight"
    )
