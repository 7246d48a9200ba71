"""The commands of a person who labels: ask, answer, undo."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from labeller.cli.follow import follow
from labeller.cli.frame import (
    AsJson,
    Name,
    Wait,
    Workspace,
    err,
    open_store,
    out,
    percent,
    print_json,
    usage,
)

if TYPE_CHECKING:
    from labeller.records import AnswerView, Card, Labelling, ProjectView
    from labeller.rounds.answer import Answer
    from labeller.store import Store

Expert = Annotated[str, typer.Option("--expert", help="Who answers.")]


def ask(
    name: Name,
    as_json: AsJson = False,
    images: Annotated[
        Path | None,
        typer.Option("--images", help="Write each centre and its card of members here, as PNG."),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Draw the centres in the terminal.")] = False,
    all_cards: Annotated[bool, typer.Option("--all", help="Answered questions too.")] = False,
    workspace: Workspace = None,
) -> None:
    """List the open questions, those that would teach most first, and answers to check."""
    from labeller import service

    store = open_store(workspace)
    view = service.project(store, name)
    doubts = {doubt.node: doubt.reason for doubt in service.doubtful(store, view)}
    cards = [
        card
        for card in service.cards(store, view)
        if all_cards or card.state == "open" or card.node in doubts
    ]
    files = _save(store, view, cards, images) if images else {}
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


def answer(
    name: Name,
    node: Annotated[str, typer.Argument(help="The cluster, as `ask` names it.", metavar="NODE")],
    label: Annotated[
        str | None, typer.Option("--label", "-l", help="The class: its name or its number.")
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option(
            "--confidence",
            "-c",
            min=0,
            max=1,
            help="How sure you are (default 1; with --wrong the share of the card that is right).",
        ),
    ] = None,
    split: Annotated[
        int | None, typer.Option("--split", help="Not one class: cluster it again into so many.")
    ] = None,
    skip: Annotated[bool, typer.Option("--skip", help="Leave it without an answer.")] = False,
    wrong: Annotated[
        str, typer.Option("--wrong", help="All but these images of the card, such as 3,17.")
    ] = "",
    only: Annotated[
        str, typer.Option("--only", help="Only these images of the card, such as 5,9.")
    ] = "",
    new_class: Annotated[
        bool, typer.Option("--new-class", help="Add the class if the project has none so named.")
    ] = False,
    expert: Expert = "me",
    wait: Wait = True,
    workspace: Workspace = None,
) -> None:
    """Answer one question: --label with --confidence, or --split, or --skip.

    A mixed card gets the class that most of it is, with the others as --wrong, or with the right
    ones as --only where they are few; `ask --json` has the numbers of the images.
    """
    from labeller import service
    from labeller.rounds.answer import share_unmarked

    given = (label is not None) + (split is not None) + skip
    if given != 1:
        raise usage("give exactly one of --label, --split and --skip")
    if confidence is not None and label is None:
        raise usage("--confidence belongs to --label")
    not_these, only_these = _numbers("--wrong", wrong), _numbers("--only", only)
    if (not_these or only_these) and label is None:
        raise usage("--wrong and --only belong to --label")
    if not_these and only_these:
        raise usage("give --wrong or --only, not both")
    store = open_store(workspace)
    view = service.project(store, name)
    if confidence is None and not_these:
        confidence = share_unmarked(service.card(store, view, node).shown, not_these)
    made = _answer(store, view, label, confidence, split, new_class)
    made = replace(made, wrong=not_these, only=only_these)
    # A label for an answer that is doubted settles the doubt, whatever it says.
    doubted = made.kind == "label" and any(d.node == node for d in service.doubtful(store, view))
    stored = service.answer(store, view, node, made, expert=expert, check=doubted)
    err.print(f"Saved: {_worded(service.project(store, view.id), stored)}", markup=False)
    if split is not None:
        job = service.last_job(store, view, "split")
        if wait and job is not None and job.active:
            follow(store, job)
        else:
            service.ensure_worker(store)
    _say_left(store, view)


def undo(
    name: Name,
    number: Annotated[
        int | None,
        typer.Option("--answer", help="The number of the answer (default: the newest).", min=1),
    ] = None,
    expert: Annotated[
        str | None, typer.Option("--expert", help="Only answers of this expert.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Take back an answer of the open round, the newest by default, and what followed from it."""
    from labeller import service

    store = open_store(workspace)
    view = service.project(store, name)
    gone = service.undoing(store, view, number) if number is not None else None
    revoked = service.undo(store, view, answer=number, expert=expert)
    err.print(f"Taken back: answer {revoked.revokes or revoked.number} about node {revoked.node}")
    if gone is not None and gone.followers:
        also = ", ".join(f"{each.number} ({each.node})" for each in gone.followers)
        err.print(f"... and the answers about its parts: {also}")
    _say_left(store, view)


def _answer(
    store: Store,
    view: ProjectView,
    label: str | None,
    confidence: float | None,
    split: int | None,
    new_class: bool,
) -> Answer:
    from labeller.rounds.answer import Answer

    if split is not None:
        return Answer(kind="split", split=split)
    if label is None:
        return Answer(kind="skip")
    number = _label(store, view, label, new_class)
    return Answer(kind="label", label=number, confidence=1.0 if confidence is None else confidence)


def _numbers(option: str, text: str) -> tuple[int, ...]:
    """The image numbers that an option lists; wrong usage for anything else."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not all(word.isdecimal() for word in words):
        raise usage(f"{option} must be image numbers, such as 3,17, got {text}")
    return tuple(map(int, words))


def _label(store: Store, view: ProjectView, text: str, new_class: bool) -> int:
    """The number of the class that `text` names, by its name first and then by its number."""
    from labeller import service

    for one in view.classes:
        if one.name == text:
            return one.label
    if new_class:
        return service.add_class(store, view, text).label
    for one in view.classes:
        if one.name.casefold() == text.casefold() or str(one.label) == text:
            return one.label
    known = ", ".join(one.name for one in view.classes) or "it has none yet"
    raise ValueError(
        f"label must be a class of {view.name} ({known}), got {text}: add it with --new-class"
    )


def _class_name(view: ProjectView, label: int | None) -> str:
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
        "suggested": _class_name(view, card.suggested) or None,
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
        says = _class_name(view, card.suggested)
        table.add_row(
            card.node,
            f"{card.size:,}",
            percent(card.share),
            percent(card.impurity),
            f"{says} ({percent(card.agreement)})" if says else "-",
            card.state if card.answer is None else _worded(view, card.answer),
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


def _draw(store: Store, view: ProjectView, cards: list[Card]) -> None:
    from labeller import service
    from labeller.cli.pictures import as_text

    for card in cards:
        out.print(f"[bold]{card.node}[/bold]: centre, and the three nearest members")
        members = service.images(store, view, list(card.near[:3]) or [card.medoid])
        centre = [card.centre] if card.centre is not None else []
        out.print(as_text([*centre, *members]))


def _worded(view: ProjectView, stored: AnswerView) -> str:
    if stored.kind == "label":
        name = _class_name(view, stored.label) or stored.label
        return f"{stored.node} is {name}{_marked(stored)}, confidence {stored.confidence:g}"
    if stored.kind == "split":
        return f"{stored.node} is split into {stored.split}"
    return f"{stored.node} is skipped"


def _marked(stored: AnswerView) -> str:
    if stored.only:
        return f" (only {len(stored.only)} images)"
    return f" (all but {len(stored.wrong)} of its card)" if stored.wrong else ""


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
    _say_left(store, view)


def _say_left(store: Store, view: ProjectView) -> None:
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
