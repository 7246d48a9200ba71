"""Real browsers on the app, each a person of its own on one project."""

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from labeller import service
from labeller.experiments.speed.interface.app import Server, browsing, serving
from labeller.experiments.speed.interface.measure import open_cards
from labeller.service import Store

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECONDS_PER_KEY = 1.0  # of each browser


class Browsers:
    """So many tabs, in sessions of their own, while the `with` block lasts; none for 0."""

    def __init__(self, count: int, store: Store, project: str) -> None:
        self.server: Server | None = None
        self._count, self._store, self._project = count, store, project
        self._tabs: list[Page] = []
        self._pressed, self._next, self._errors, self._unsaved = 0, 0.0, list[str](), 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if self._count:
            self.server = self._stack.enter_context(serving(self._store.folder))
            browser = self._stack.enter_context(browsing())
            for _ in range(self._count):
                tab = self._stack.enter_context(browser.tab())
                tab.on("pageerror", lambda error: self._errors.append(str(error)))
                open_cards(tab, self.server, self._project)
                self._tabs.append(tab)
        self._before = service.newest_answer(self._store, self._project)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def press(self) -> None:
        """One key in each tab, each about another card, when it is time for the next."""
        if not self._tabs or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + SECONDS_PER_KEY
        for place, tab in enumerate(self._tabs):
            cards = tab.locator(".tile").count()
            turn = self._pressed // len(self._tabs)
            own = place * (cards // len(self._tabs)) + turn % (cards // len(self._tabs))
            tab.locator(".tile").nth(own).click()
            # Another class in each turn: the same again would not be stored.
            tab.keyboard.press(str((turn // (cards // len(self._tabs)) + place) % 10))
            self._pressed += 1

    def finish(self) -> None:
        """Waits until each tab says that all is saved."""
        for tab in self._tabs:
            tab.locator(".save.saved, .save.failed").wait_for()
            self._unsaved += tab.locator(".save.failed").count()

    def found(self) -> dict[str, Any]:
        """How many keys, how many answers were stored since, and errors of pages."""
        stored = service.newest_answer(self._store, self._project) - self._before
        return {
            "count": self._count,
            "keys": self._pressed,
            "stored": stored,
            "unsaved": self._unsaved,
            "errors": self._errors,
        }
