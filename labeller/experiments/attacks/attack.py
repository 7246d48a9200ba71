"""What an attack is, and what it works with."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from labeller import service
from labeller.experiments.attacks.server import Server, sign_in
from labeller.service import Store


class BreachError(Exception):
    """The attack got what it should not get; says what."""


@dataclass
class Target:
    """The server that is attacked, and the people who are signed in to it: one for each role.

    Its workspace has the project `digits` with questions open; `proxy` is nginx before another
    server (`proxy.Proxy`), where it is installed.
    """

    server: Server
    proxy: object = None
    people: dict[str, httpx.Client] = field(default_factory=dict)

    def person(self, role: str) -> httpx.Client:
        """The browser of `ROLE@example.org`, who has that role."""
        if role not in self.people:
            browser = self.server.browser()
            sign_in(browser, self.server, f"{role}@example.org")
            self.people[role] = browser
        return self.people[role]

    def store(self) -> Store:
        """The workspace, as the person at the computer has it."""
        return service.open_store(self.server.workspace)


@dataclass(frozen=True)
class Attack:
    """One attack: `run` says in a few words how it was stopped, or raises BreachError."""

    kind: str
    name: str
    run: Callable[[Target], str]


ATTACKS: list[Attack] = []
Run = Callable[[Target], str]


def attack(kind: str) -> Callable[[Run], Run]:
    """Adds a function as an attack of that kind, under its first line."""

    def add(run: Run) -> Run:
        ATTACKS.append(Attack(kind, (run.__doc__ or "").splitlines()[0].rstrip("."), run))
        return run

    return add


def stopped(answer: httpx.Response, *codes: int) -> str:
    """The status of an answer that refuses; raises BreachError for any other."""
    if answer.status_code not in codes:
        raise BreachError(f"HTTP {answer.status_code}: {answer.text[:80]!r}")
    return f"HTTP {answer.status_code}"


def absent(text: str, *secrets: str) -> None:
    """Raises BreachError where one of the secrets is in the text."""
    for secret in secrets:
        if secret in text:
            raise BreachError(f"{secret!r} was shown")
