"""The commands that answer the open questions: answer, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Option

from labeller.cli import frame, options
from labeller.cli.asking import say_left, worded
from labeller.cli.classes import named_class
from labeller.cli.follow import follow
from labeller.cli.frame import err, service, usage

if TYPE_CHECKING:
    from labeller.records import ProjectView

Expert = Annotated[str, Option("--expert", help="Who answers.")]


def answer(
    name: options.Name,
    node: Annotated[str, Argument(help="The cluster, as `ask` names it.", metavar="NODE")],
    label: Annotated[
        str | None, Option("--label", "-l", help="The class: its name or its number.")
    ] = None,
    confidence: Annotated[
        float | None,
        Option(
            "--confidence",
            "-c",
            min=0,
            max=1,
            help="How sure you are (default 1; with --wrong the share of the card that is right).",
        ),
    ] = None,
    split: Annotated[
        int | None, Option(help="Not one class: cluster it again into so many.")
    ] = None,
    skip: Annotated[bool, Option("--skip", help="Leave it without an answer.")] = False,
    wrong: Annotated[str, Option(help="All but these images of the card, such as 3,17.")] = "",
    only: Annotated[str, Option(help="Only these images of the card, such as 5,9.")] = "",
    new_class: Annotated[
        bool, Option("--new-class", help="Add the class if the project has none so named.")
    ] = False,
    expert: Expert = "me",
    wait: options.Wait = True,
    workspace: options.Workspace = None,
) -> None:
    """Answer one question: --label with --confidence, or --split, or --skip.

    A mixed card gets the class that most of it is, with the others as --wrong, or with the right
    ones as --only where they are few; `ask --json` has the numbers of the images.
    """
    from labeller.records import Answer

    if (label is not None) + (split is not None) + skip != 1:
        raise usage("give exactly one of --label, --split and --skip")
    if confidence is not None and label is None:
        raise usage("--confidence belongs to --label")
    marks: dict[str, Any] = {"wrong": _numbers("--wrong", wrong), "only": _numbers("--only", only)}
    if any(marks.values()) and label is None:
        raise usage("--wrong and --only belong to --label")
    if all(marks.values()):
        raise usage("give --wrong or --only, not both")
    store, view = frame.opened(workspace, name)
    added: str | None = None
    if label is None:
        said = Answer("skip") if split is None else Answer("split", split=split)
    else:
        if confidence is None and marks["wrong"]:
            confidence = service.card(store, view, node).share_unmarked(marks["wrong"])
        number, added = _label(view, label, new_class)
        said = Answer("label", number, 1.0 if confidence is None else confidence, **marks)
    # A label for an answer that is doubted settles the doubt, whatever it says.
    stored = service.answer(store, view, node, said, expert=expert, check=None, new_class=added)
    err.print(f"Saved: {worded(service.project(store, view.id), stored)}")
    job = service.last_job(store, view, "split")  # of a split, or of the rest of a marked card
    if job is not None and job.active:
        if wait:
            follow(store, job)
        else:
            service.ensure_worker(store)
    say_left(store, view)


def undo(
    name: options.Name,
    number: Annotated[
        int | None,
        Option("--answer", help="The number of the answer (default: the newest).", min=1),
    ] = None,
    expert: Annotated[str | None, Option(help="Only answers of this expert.")] = None,
    workspace: options.Workspace = None,
) -> None:
    """Take back an answer of the open round, the newest by default, and what followed from it."""
    store, view = frame.opened(workspace, name)
    gone = service.undoing(store, view, number) if number is not None else None
    revoked = service.undo(store, view, answer=number, expert=expert)
    err.print(f"Taken back: answer {revoked.number} about {revoked.about}")
    if gone is not None and gone.followers:
        also = ", ".join(f"{each.number} ({each.node})" for each in gone.followers)
        err.print(f"... and the answers about its parts: {also}")
    say_left(store, view)


def label(
    name: options.Name,
    images: Annotated[str, Option(help="The numbers of the images, such as 3,17.")],
    label: Annotated[
        str | None, Option("--label", "-l", help="The class: its name or its number.")
    ] = None,
    set_aside: Annotated[
        bool, Option("--set-aside", help="They get no label and are neither taught nor asked.")
    ] = False,
    confidence: Annotated[
        float, Option("--confidence", "-c", min=0, max=1, help="How sure you are.")
    ] = 1.0,
    new_class: Annotated[
        bool, Option("--new-class", help="Add the class if the project has none so named.")
    ] = False,
    expert: Expert = "me",
    workspace: options.Workspace = None,
) -> None:
    """Give single images a class, whatever their clusters have, or set them aside.

    `export` has the numbers of the images. `undo` takes it back, as it does an answer.
    """
    if (label is not None) + set_aside != 1:
        raise usage("give exactly one of --label and --set-aside")
    numbers = _numbers("--images", images)
    store, view = frame.opened(workspace, name)
    said, added = (None, None) if label is None else _label(view, label, new_class)
    stored = service.label_images(
        store,
        view,
        numbers,
        said,
        confidence=confidence,
        place="the command line",
        expert=expert,
        new_class=added,
    )
    err.print(f"Saved: {worded(service.project(store, view.id), stored)}")


def _numbers(option: str, text: str) -> tuple[int, ...]:
    """The image numbers that an option lists; wrong usage for anything else."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not all(word.isdecimal() for word in words):
        raise usage(f"{option} must be image numbers, such as 3,17, got {text}")
    return tuple(map(int, words))


def _label(view: ProjectView, text: str, new_class: bool) -> tuple[int, str | None]:
    """The number of the class that `text` names; with `new_class`, where none is called so, the
    name of one that the answer adds."""
    if new_class and text not in [one.name for one in view.classes]:
        return 0, text
    label = named_class(view.classes, text)
    if label is None:
        known = ", ".join(one.name for one in view.classes) or "it has none yet"
        raise ValueError(
            f"label must be a class of {view.name} ({known}), got {text}: add it with --new-class"
        )
    return label, None
