"""The command that gives the answers to the images: propagate."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from labeller.cli import options
from labeller.cli.frame import err, opened, out, percent, print_json, print_table, say_next, service
from labeller.cli.settings import parse_pairs


def propagate(
    name: options.Name,
    rule: Annotated[
        str | None, Option(help="How answers spread: {labeller.rounds.propagation}.")
    ] = None,
    decay: Annotated[
        str | None, Option(help="exponential, gaussian, posterior or uniform.")
    ] = None,
    distance: Annotated[str | None, Option(help="euclidean or mahalanobis.")] = None,
    a: Annotated[float | None, Option(help="How fast the weight falls.")] = None,
    scaled: Annotated[
        bool | None, Option("--scaled/--raw", help="Distance in medians of the cluster.")
    ] = None,
    core: Annotated[
        float | None, Option(help="spreading, poisson: share of a cluster that is its core.")
    ] = None,
    alpha: Annotated[
        float | None, Option(help="spreading: how much comes from the neighbours.")
    ] = None,
    settings: Annotated[
        list[str] | None, options.setting("Any setting of the rule; repeatable.")
    ] = None,
    preview: Annotated[bool, Option("--preview", help="Show it, write nothing.")] = False,
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """Give each answer to the images of its cluster, or to those that the neighbours lead to."""
    from labeller.config import RoundConfig
    from labeller.rounds.settings import laid_over

    store, view = opened(workspace, name)
    changes = {"rule": rule, "decay": decay, "distance": distance, "a": a, "scaled": scaled}
    changes |= {"core": core, "alpha": alpha, **parse_pairs(settings or [])}
    base = RoundConfig(propagate=view.config.propagate)
    whole = laid_over(base, {f"propagate.{key}": value for key, value in changes.items()})
    verb = service.preview if preview else service.propagate
    result = verb(store, view, whole.propagate)
    for note in result.notes:
        err.print(f"Note: {note}")
    if as_json:
        tables = {field: getattr(result, field) for field in ("balance", "by_answer")}
        records = {field: table.to_dict("records") for field, table in tables.items()}
        print_json({"coverage": result.coverage, "effective": result.effective, **records})
        return
    balance = result.balance.to_dict("records")
    rows = [
        (row["name"], f"{int(row['images']):,}", f"{row['weight'] / max(1, row['images']):.2f}")
        for row in balance
    ]
    print_table("class", "images", "mean weight", rows=rows)
    out.print(
        f"{percent(result.coverage)} of the images have a label, "
        f"worth {result.effective:,.0f} images of full weight"
    )
    if not preview:
        say_next("retrain", view.name)
