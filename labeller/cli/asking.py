"""The command that lists the open questions: ask."""

from __future__ import annotations

import math
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from labeller.cli.frame import (
    AsJson,
    Name,
    Workspace,
    err,
    open_store,
    out,
    percent,
    print_json,
)
from labeller.cli.outputs import new_picture

if TYPE_CHECKING:
    from labeller.records import AnswerView, Card, Labelling, ProjectView
    from labeller.store import Store


def ask(
    name: Name,
    as_json: AsJson = False,
    images: Annotated[
        Path | None,
        typer.Option("--images", help="Write each centre and its card of members here, as PNG."),
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            help="Write one .jpg or .png: per question its centre, medoid and members.",
            callback=new_picture,
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Draw the centres in the terminal.")] = False,
    all_cards: Annotated[bool, typer.Option("--all", help="Answered questions too.")] = False,
    workspace: Workspace = None,
) -> None:
    """List the answers to check, then the open questions, those that would teach most first."""
    from labeller import service

    store = open_store(workspace)
    view = service.project(store, name)
    doubts = {doubt.node: doubt.reason for doubt in service.doubtful(store, view)}
    cards = [
        card
        for card in service.cards(store, view)
        if all_cards or card.state == "open" or card.node in doubts
    ]
    if not all_cards:  # the first is the next to answer: a doubt is settled before more is asked
        place = {node: number for number, node in enumerate(doubts)}
        cards.sort(key=lambda card: place.get(card.node, len(place)))
    files = _save(store, view, cards, images) if images else {}
    if sheet and cards:
        _save_sheet(store, view, cards, sheet)
    if as_json:
        print_json([_record(view, card, files.get(card.node), doubts) for card in cards])
        return
    _list(view, cards)
    for card in cards:
        if why := _check(card, doubts):
            err.print(f"{card.node}: {why}", markup=False)
    if show:
        _draw(store, view, cards)
    _say_next(store, view, cards, images)


def class_name(view: ProjectView, label: int | None) -> str:
    return next((one.name for one in view.classes if one.label == label), "")


def _check(card: Card, doubts: dict[str, str]) -> str:
    """Why the card's answer should be looked at once more, or ""."""
    return doubts.get(card.node, "") or (card.again if card.state == "open" else "")


def _record(
    view: ProjectView, card: Card, files: dict[str, str] | None, doubts: dict[str, str]
) -> dict[str, Any]:
    centre = None if card.centre is None else card.centre.tolist()
    return {
        "node": card.node,
        "state": card.state,
        "depth": card.depth,
        "size": card.size,
        "share": card.share,
        "spread": card.spread,
        "impurity": card.impurity,
        "suggested": class_name(view, card.suggested) or None,
        "agreement": card.agreement,
        "check": _check(card, doubts) or None,
        "why": card.why or None,
        "gain": card.gain if math.isfinite(card.gain) else None,
        "images": list(card.shown),
        "members": {
            "medoid": card.medoid,
            "near": list(card.near),
            "random": list(card.random),
            "far": list(card.far),
        },
        "centre": files["centre"] if files else centre,
        **({"card": files["card"]} if files else {}),
    }


def _list(view: ProjectView, cards: list[Card]) -> None:
    if not cards:
        return
    table = Table("node", "images", "share", "mixed", "network says", "state")
    for card in cards:
        says = class_name(view, card.suggested)
        table.add_row(
            card.node,
            f"{card.size:,}",
            percent(card.share),
            percent(card.impurity),
            f"{says} ({percent(card.agreement)})" if says else "-",
            card.state if card.answer is None else worded(view, card.answer),
        )
    out.print(table)


def _save(
    store: Store, view: ProjectView, cards: list[Card], folder: Path
) -> dict[str, dict[str, str]]:
    from labeller import service
    from labeller.cli.pictures import save_card

    folder.mkdir(parents=True, exist_ok=True)
    return {
        card.node: save_card(card, partial(service.pictures, store, view), folder) for card in cards
    }


def _save_sheet(store: Store, view: ProjectView, cards: list[Card], file: Path) -> None:
    from labeller import service
    from labeller.cli.pictures import save_sheet

    save_sheet(cards, partial(service.pictures, store, view), file)
    err.print(f"wrote {file}", markup=False)


def _draw(store: Store, view: ProjectView, cards: list[Card]) -> None:
    from labeller import service
    from labeller.cli.pictures import as_text

    for card in cards:
        out.print(f"[bold]{card.node}[/bold]: centre, and the three nearest members")
        members = service.images(store, view, list(card.near[:3]) or [card.medoid])
        centre = [card.centre] if card.centre is not None else []
        out.print(as_text([*centre, *members]))


def _say_next(store: Store, view: ProjectView, cards: list[Card], images: Path | None) -> None:
    from labeller import service

    name = shlex.quote(view.name)
    if any(card.state == "open" for card in cards):
        say_noise(service.labelling(store, view))
        if images is None:
            err.print(f"See them: labeller ask {name} --show, or --images FOLDER")
        node = next(card.node for card in cards if card.state == "open")
        err.print(f"Next: [bold]labeller answer {name} {node} --label CLASS[/bold]")
        return
    say_left(store, view)


def say_left(store: Store, view: ProjectView) -> None:
    """How far the round is, and the command that goes on from there."""
    from labeller import service

    view = service.project(store, view.id)
    if view.round is None:
        err.print(f"No questions: {view.next_step.text}", markup=False)
        return
    state = service.labelling(store, view)
    share = state.images_labelled / state.images if state.images else 0.0
    err.print(f"{state.open} of {state.cards} questions are open, {percent(share)} covered.")
    say_noise(state)
    if state.open == 0 and state.labelled:
        err.print(f"Next: [bold]labeller propagate {shlex.quote(view.name)}[/bold]")


def say_noise(state: Labelling) -> None:
    """How many images have no question, where the clustering left some out."""
    if state.noise:
        err.print(f"{state.noise:,} images lie between the clusters and have no question.")


def worded(view: ProjectView, stored: AnswerView) -> str:
    """What was answered, in words."""
    if stored.kind == "label":
        name = class_name(view, stored.label) or stored.label
        return f"{stored.node} is {name}{_marked(stored)}, confidence {stored.confidence:g}"
    if stored.kind == "split":
        return f"{stored.node} is split into {stored.split}"
    return f"{stored.node} is skipped"


def _marked(stored: AnswerView) -> str:
    if stored.only:
        return f" (only {len(stored.only)} images)"
    return f" (all but {len(stored.wrong)} of its card)" if stored.wrong else ""
