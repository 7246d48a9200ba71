"""From the log of a component to the store: entries in order, once each, committed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, TypeVar

import streamlit as st
from pydantic import ValidationError

from labeller.errors import LabellerError, StorageError, one_line
from labeller.ui.widgets.pieces.messages import Entry, Log, Numbered, what_is_wrong

E = TypeVar("E", bound=Entry)
_KEPT = 20  # failures that a page is told of
Sent = tuple[str, int]  # the client, and the number that it gave the entry


@dataclass
class Ledger:
    """What this browser session has sent: the last number applied of each client, and failures.

    A new `name` tells a browser that the server was started anew and forgot what was sent.
    `waiting`: why the entries that were not applied cannot be saved yet.
    """

    name: str = field(default_factory=lambda: token_hex(8))
    applied: dict[str, int] = field(default_factory=dict)
    failed: list[dict[str, Any]] = field(default_factory=list)
    waiting: str = ""
    _done: dict[str, set[int]] = field(default_factory=dict)  # every number, of each client

    def apply(self, log: Any, kind: type[E], act: Callable[[E, Sent], bool]) -> bool:
        """Calls `act` with the entries of `log` that are new; True if one of the calls was.

        `act` commits an entry under its client and number, and changes nothing when it meets these
        again: a server that was started anew has an empty ledger. An entry counts as applied when
        it is committed, or when it failed, with its message in `failed`. One that is no `kind` of
        entry fails, and those behind it are applied, whatever number it bears. Where the disk or
        the database fails, it and those behind it stay with the browser, which sends them again.
        """
        if log is None:
            return False
        self.waiting = ""
        try:
            sent = Log.model_validate(log)
        except ValidationError as error:
            self._refuse("", 0, what_is_wrong(error))
            return False
        changes, done = False, self._done.setdefault(sent.client, set())
        for number, entry in self._numbered(sent):
            if number in done:
                continue
            try:
                changes |= act(kind.model_validate(entry), (sent.client, number))
            except (StorageError, OSError) as error:
                self.waiting = one_line(error)
                break
            except ValidationError as error:
                self._refuse(sent.client, number, what_is_wrong(error))
            except (LabellerError, ValueError) as error:
                self._refuse(sent.client, number, str(error), entry)
            done.add(number)
            self.applied[sent.client] = max(number, self.applied.get(sent.client, 0))
        return changes

    def _numbered(self, sent: Log) -> list[tuple[int, Any]]:
        """The entries by their numbers; one without is refused, and never counts as applied."""
        numbered = []
        for entry in sent.entries:
            try:
                numbered.append((Numbered.model_validate(entry).seq, entry))
            except ValidationError as error:
                self._refuse(sent.client, 0, what_is_wrong(error))
        return sorted(numbered, key=lambda pair: pair[0])

    def _refuse(self, client: str, number: int, message: str, entry: Any = None) -> None:
        """Keeps why an entry failed, with the entry where it may be sent again; once, though a
        browser sends one without a number over and over."""
        failure = {"client": client, "seq": number, "message": message, "entry": entry}
        if number or failure not in self.failed:
            self.failed = [*self.failed, failure][-_KEPT:]

    def data(self) -> dict[str, Any]:
        """What a component is told of it: `ledger` (the name), `applied`, `failed`, `waiting`."""
        return {
            "ledger": self.name,
            "applied": self.applied,
            "failed": self.failed,
            "waiting": self.waiting,
        }


def ledger_of(page: str) -> Ledger:
    """The ledger of this browser session for the components of a page."""
    ledger: Ledger = st.session_state.setdefault(f"{page} ledger", Ledger())
    return ledger
