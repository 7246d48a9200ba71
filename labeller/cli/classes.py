"""The commands about the classes of a project: list, add, rename, merge, split."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument

from labeller.cli import options
from labeller.cli.frame import err, open_store, print_json, print_table, service

if TYPE_CHECKING:
    from labeller.records import ClassView, ProjectView
    from labeller.store import Store

Class = Annotated[str, Argument(help="The class: its name or its number.", metavar="CLASS")]

commands = typer.Typer(no_args_is_help=True, help="List, add, rename, merge and split classes.")


@commands.command("list")
def list_classes(
    name: options.Name, as_json: options.AsJson = False, workspace: options.Workspace = None
) -> None:
    """List the classes with their numbers, and what each is merged into."""
    views = service.classes(open_store(workspace), name)
    if as_json:
        print_json([vars(view) for view in views])
        return
    names: dict[int | None, str] = {None: ""} | {view.label: view.name for view in views}
    rows = [(view.label, view.name, names[view.merged_into]) for view in views]
    print_table("number", "class", "merged into", rows=rows)


@commands.command()
def add(
    name: options.Name,
    new: Annotated[str, Argument(help="Name of the new class.", metavar="CLASS")],
    workspace: options.Workspace = None,
) -> None:
    """Add a class; the open questions can be answered with it at once."""
    made = service.add_class(open_store(workspace), name, new)
    err.print(f"Added {made.name}, class {made.label}.")


@commands.command()
def rename(
    name: options.Name,
    old: Class,
    new: Annotated[str, Argument(help="Its new name.", metavar="NEW")],
    workspace: options.Workspace = None,
) -> None:
    """Give a class another name; its number and its answers stay."""
    store = open_store(workspace)
    service.rename_class(store, name, class_number(store, name, old), new)
    err.print(f"Class {old} is called {new.strip()} now.")


@commands.command()
def merge(
    name: options.Name,
    gone: Class,
    into: Annotated[str, Argument(help="The class that it counts as from now on.", metavar="INTO")],
    workspace: options.Workspace = None,
) -> None:
    """Count one class as another; answers keep what was said, and `split` takes it back."""
    store = open_store(workspace)
    numbers = class_number(store, name, gone), class_number(store, name, into)
    service.merge_class(store, name, *numbers)
    err.print(f"{gone} counts as {into}. Take it back with: classes split")


@commands.command()
def split(name: options.Name, gone: Class, workspace: options.Workspace = None) -> None:
    """Take the merge of a class back, while nothing was built on it."""
    store = open_store(workspace)
    service.split_class(store, name, class_number(store, name, gone))
    err.print(f"{gone} is a class of its own again.")


def class_number(store: Store, project: str | ProjectView, text: str) -> int:
    """The number of the class that `text` names; raises ValueError with the classes there are.

    Merged classes are found too.
    """
    views = service.classes(store, project)
    label = named_class(views, text)
    if label is None:
        known = ", ".join(view.name for view in views) or "there are none yet"
        raise ValueError(f"class must be one of the project's ({known}), got {text}")
    return label


def named_class(views: Iterable[ClassView], text: str) -> int | None:
    """The number of the class that `text` names, by its name first and then by its number."""
    views = list(views)
    exact = [view.label for view in views if view.name == text]
    alike = [v.label for v in views if v.name.casefold() == text.casefold() or str(v.label) == text]
    return next(iter(exact + alike), None)
