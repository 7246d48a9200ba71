"""The commands that answer the open questions: answer, undo."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from labeller.cli.asking import say_left, worded
from labeller.cli.follow import follow
from labeller.cli.frame import (
    Name,
    Wait,
    Workspace,
    err,
    open_store,
    usage,
)

if TYPE_CHECKING:
    from labeller.records import ProjectView
    from labeller.rounds.answer import Answer
    from labeller.store import Store

Expert = Annotated[str, typer.Option("--expert", help="Who answers.")]


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
    err.print(f"Saved: {worded(service.project(store, view.id), stored)}", markup=False)
    job = service.last_job(store, view, "split")  # of a split, or of the rest of a marked card
    if job is not None and job.active:
        if wait:
            follow(store, job)
        else:
            service.ensure_worker(store)
    say_left(store, view)


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
    say_left(store, view)


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
