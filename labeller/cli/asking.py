"""The command that lists the open questions: ask."""

from __future__ import annotations

import math
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from labeller.cli import frame, options
from labeller.cli.frame import err, out, percent, service
from labeller.cli.outputs import new_picture

if TYPE_CHECKING:
    from labeller.records import Answer, Card, Labelling, ProjectView
    from labeller.store import Store


def ask(
    name: options.Name,
    as_json: options.AsJson = False,
    images: Annotated[
        Path | None, Option(help="Write each centre and its card of members here, as PNG.")
    ] = None,
    sheet: Annotated[
        Path | None,
        Option(
            help="Write one .jpg or .png: per question its centre, medoid and members.",
            callback=new_picture,
        ),
    ] = None,
    show: Annotated[bool, Option("--show", help="Draw the centres in the terminal.")] = False,
    all_cards: Annotated[bool, Option("--all", help="Answered questions too.")] = False,
    expert: Annotated[
        str | None, Option(help="As this expert meets them, where several people answer each.")
    ] = None,
    workspace: options.Workspace = None,
) -> None:
    """List the answers to check, then the open questions, those that would teach most first."""
    from labeller.cli import pictures

    store = frame.open_store(workspace)
    now = service.open_round(store, name, expert=expert)
    view, issues = now.project, now.issues
    cards = [c for c in now.cards if all_cards or c.state == "open" or c.node in issues]
    if not all_cards:  # the first is the next to answer: a doubt is settled before more is asked
        place = {node: number for number, node in enumerate(issues)}
        cards.sort(key=lambda card: place.get(card.node, len(place)))
    read, files = partial(service.pictures, store, view), dict[str, dict[str, str]]()
    if images:
        images.mkdir(parents=True, exist_ok=True)
        files = {card.node: pictures.save_card(card, read, images) for card in cards}
    if sheet and cards:
        pictures.save_sheet(cards, read, sheet)
        err.print(f"wrote {sheet}")
    if as_json:
        frame.print_json([_record(view, card, files.get(card.node), issues) for card in cards])
        return
    if cards:
        headings = ("node", "images", "share", "mixed", "network says", "state")
        frame.print_table(*headings, rows=[_row(view, card) for card in cards])
    for card in cards:
        if why := _check(card, issues):
            err.print(f"{card.node}: {why}")
    for card in cards if show else ():
        out.print(f"{card.node}: centre, and the three nearest members")
        members = service.images(store, view, list(card.near[:3]) or [card.medoid])
        centre = [card.centre] if card.centre is not None else []
        out.print(pictures.as_text([*centre, *members]))
    _say_next(store, view, cards, images)


def class_name(view: ProjectView, label: int | None) -> str:
    return next((one.name for one in view.classes if one.label == label), "")


def say_left(store: Store, view: ProjectView) -> None:
    """How far the round is, and the command that goes on from there."""
    view = service.project(store, view.id)
    if view.round is None:
        err.print(f"No questions: {view.next_step.text}")
        return
    state = service.labelling(store, view)
    share = state.images_labelled / state.images if state.images else 0.0
    questions = f"{state.open} of {state.cards} questions are open"
    err.print(f"{questions}, {percent(share)} of the images have a label.")
    say_noise(state)
    if state.open == 0 and state.labelled:
        frame.say_next("propagate", view.name)


def say_noise(state: Labelling) -> None:
    """How many images have no question, where the clustering left some out."""
    if state.noise:
        err.print(f"{state.noise:,} images lie between the clusters and have no question.")


def worded(view: ProjectView, answer: Answer) -> str:
    """What was answered, in words."""
    if answer.kind == "split":
        return f"{answer.node} is split into {answer.split}"
    if answer.kind == "skip":
        return f"{answer.node} is skipped"
    if answer.kind == "exclude":
        return f"{answer.about}: set aside"
    marked = f" (all but {len(answer.wrong)} of its card)" if answer.wrong else ""
    marked = f" (only {len(answer.only)} images)" if answer.only else marked
    name = class_name(view, answer.label) or answer.label
    what = f"{answer.node} is" if answer.size is None else f"{answer.about}:"
    return f"{what} {name}{marked}, confidence {answer.confidence:g}"


def _check(card: Card, issues: dict[str, str]) -> str:
    """Why the card's answer should be looked at once more, or ""."""
    return issues.get(card.node, "") or (card.again if card.state == "open" else "")


def _record(
    view: ProjectView, card: Card, files: dict[str, str] | None, issues: dict[str, str]
) -> dict[str, Any]:
    members = {part: getattr(card, part) for part in ("medoid", "near", "random", "far")}
    same = ("node", "state", "depth", "size", "share", "spread", "impurity", "mixed", "agreement")
    return {
        **{field: getattr(card, field) for field in same},
        "suggested": class_name(view, card.suggested) or None,
        "check": _check(card, issues) or None,
        "why": card.why or None,
        "gain": card.gain if math.isfinite(card.gain) else None,
        "images": card.shown,
        "members": members,
        "centre": files["centre"] if files else card.centre,
        **({"card": files["card"]} if files else {}),
    }


def _row(view: ProjectView, card: Card) -> tuple[str, ...]:
    says = class_name(view, card.suggested)
    return (
        card.node,
        f"{card.size:,}",
        percent(card.share),
        percent(card.mixed),
        f"{says} ({percent(card.agreement)})" if says else "-",
        card.state if card.answer is None else worded(view, card.answer),
    )


def _say_next(store: Store, view: ProjectView, cards: list[Card], images: Path | None) -> None:
    node = next((card.node for card in cards if card.state == "open"), None)
    if node is None:
        say_left(store, view)
        return
    say_noise(service.labelling(store, view))
    if images is None:
        err.print(f"See them: labeller ask {shlex.quote(view.name)} --show, or --images FOLDER")
    frame.say_next("answer", view.name, f" {node} --label CLASS")
