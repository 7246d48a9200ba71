"""Who acts on a published server, and what they may do there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Role = Literal["viewer", "annotator", "owner"]
ROLES: tuple[Role, ...] = get_args(Role)  # each may do what those before it may
EVERYBODY = "everybody"  # as a name: whoever signs in and has no role of their own


@dataclass(frozen=True)
class Actor:
    """Somebody who is not the person at this computer.

    `session`: the digest of their sign-in, which may be ended; `until`: when it ends by itself, in
    seconds since 1970. `role`: given where nobody signs in (`labeller ui --insecure`), else what
    the workspace says counts.
    """

    name: str
    session: str = ""
    until: float = float("inf")
    role: Role | None = None


@dataclass(frozen=True)
class MemberView:
    """A person with a role in a workspace, since when."""

    name: str
    role: Role
    since: datetime


@dataclass(frozen=True)
class ActView:
    """One line of the log of who did what; `done` is false where it was refused or failed."""

    at: datetime
    person: str
    verb: str
    project: str
    about: str
    done: bool
