"""The commands about the people of a published server: their roles, and what they did."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Argument, Option

from labeller.cli import options
from labeller.cli.frame import err, open_store, print_json, print_table, service

Person = Annotated[
    str, Argument(help="The e-mail address that they sign in with, or everybody.", metavar="PERSON")
]

commands = typer.Typer(no_args_is_help=True, help="Say who may do what on a published server.")


@commands.command("list")
def list_roles(as_json: options.AsJson = False, workspace: options.Workspace = None) -> None:
    """List the people who have a role."""
    members = service.members_of(open_store(workspace))
    if as_json:
        print_json([vars(member) for member in members])
        return
    rows = [(one.name, one.role, f"{one.since:%Y-%m-%d}") for one in members]
    print_table("person", "role", "since", rows=rows)


@commands.command()
def give(
    person: Person,
    role: Annotated[str, Argument(help="viewer, annotator or owner.", metavar="ROLE")],
    workspace: options.Workspace = None,
) -> None:
    """Give a person a role, instead of the one that they had."""
    service.give_role(open_store(workspace), person, role)
    err.print(f"{person} is {role} from now on.")


@commands.command()
def take(person: Person, workspace: options.Workspace = None) -> None:
    """Take a person's role; they see nothing from now on, unless everybody has one."""
    service.take_role(open_store(workspace), person)
    err.print(f"{person} has no role any more.")


def activity(
    last: Annotated[int, Option(min=1, help="The newest acts, so many.")] = 50,
    person: Annotated[str, Option(help="Only what this person did.")] = "",
    as_json: options.AsJson = False,
    workspace: options.Workspace = None,
) -> None:
    """Say who did what on the published server, and what was refused."""
    acts = service.activity_log(open_store(workspace))
    shown = [act for act in acts if person.strip().lower() in ("", act.person)][-last:]
    if as_json:
        print_json([vars(act) for act in shown])
        return
    rows = [
        (f"{act.at:%Y-%m-%d %H:%M:%S}", act.person, act.verb, act.project, act.about, done)
        for act in shown
        for done in ["yes" if act.done else "refused or failed"]
    ]
    print_table("UTC", "person", "act", "project", "about", "done", rows=rows)
