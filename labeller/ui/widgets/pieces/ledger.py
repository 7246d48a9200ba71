"""From the log of a component to the store: entries in order, once each, committed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import streamlit as st

from labeller.errors import LabellerError, StorageError

Entry = dict[str, Any]


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

    def apply(
        self, log: dict[str, Any] | None, act: Callable[[Entry, tuple[str, int]], bool]
    ) -> bool:
        """Calls `act` with the entries of `log` that are new; True if one of the calls was.

        `act` commits an entry under its client and number, and changes nothing when it meets these
        again: a server that was started anew has an empty ledger. An entry counts as applied when
        it is committed, or when it failed, with its message in `failed`. Where the disk or the
        database fails, it and those behind it stay with the browser, which sends them again. The
        entries are what a browser sent: nothing in them is trusted.
        """
        if not isinstance(log, dict):
            return False
        client, changes = str(log.get("client")), False
        self.waiting = ""
        for number, entry in _numbered(log.get("entries")):
            if number <= self.applied.get(client, 0):
                continue
            try:
                changes |= act(entry, (client, number))
            except StorageError as error:
                self.waiting = str(error)
                break
            except (LabellerError, ValueError) as error:
                self._refuse(client, number, str(error), entry)
            except (LookupError, TypeError, ArithmeticError) as error:
                # One that no page of ours sends: it must not keep those behind it from being saved.
                words = f"the answer could not be read ({type(error).__name__}: {error})"
                self._refuse(client, number, words, entry)
            self.applied[client] = number
        return changes

    def _refuse(self, client: str, number: int, message: str, entry: Entry) -> None:
        self.failed.append({"client": client, "seq": number, "message": message, "entry": entry})

    def data(self) -> dict[str, Any]:
        """What a component is told of it: `ledger` (the name), `applied`, `failed`, `waiting`."""
        return {
            "ledger": self.name,
            "applied": self.applied,
            "failed": self.failed[-20:],
            "waiting": self.waiting,
        }


def _numbered(entries: Any) -> list[tuple[int, Entry]]:
    """The entries by their numbers, without those that have none."""
    numbered = [
        (entry["seq"], entry)
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("seq"), int)
    ]
    return sorted(numbered, key=lambda pair: pair[0])


def ledger_of(page: str) -> Ledger:
    """The ledger of this browser session for the components of a page."""
    ledger: Ledger = st.session_state.setdefault(f"{page} ledger", Ledger())
    return ledger
