"""The command about the people who answer: people."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from typer import Option

from labeller.cli import frame, options
from labeller.cli.frame import err, out, percent, service


def people(
    name: options.Name,
    per_card: Annotated[
        int | None, Option(help="From now on, so many people answer each card.", min=1, max=10)
    ] = None,
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """Say who answered how much, how far they agree, and how reliable each of them is."""
    store, view = frame.opened(workspace, name)
    if per_card is not None:
        service.set_people_per_card(store, view, per_card)
    found = service.people(store, view)
    if as_json:
        frame.print_json(asdict(found))
        return
    rows = [
        (one.name, one.answers, one.shared, percent(one.reliability) if one.shared else "")
        for one in found.people
    ]
    frame.print_table("name", "answers", "on shared cards", "reliability", rows=rows)
    pairs = [
        (f"{two.one}, {two.other}", two.cards, two.agreed, _score(two.kappa))
        for two in found.pairs
        if two.cards
    ]
    if pairs:
        headings = ("two people", "cards of both", "said the same", "Cohen's kappa")
        frame.print_table(*headings, rows=pairs)
        scores = f"alpha {_score(found.alpha)}, Fleiss' kappa {_score(found.fleiss)}"
        out.print(f"{found.shared} shared cards: Krippendorff's {scores}")
    err.print(f"{found.per_card} per card; {found.disputed} disputed cards in the open round.")


def _score(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
