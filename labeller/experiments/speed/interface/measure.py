"""What is measured of the interface, each by the clock of the browser."""

import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from labeller import service
from labeller.experiments.speed.interface.app import Browsing, Server
from labeller.service import Store

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = ("projects", "train", "label", "review", "audit", "explore", "results", "compare", "export")
PAUSE = 150  # ms between two keys
DRAWN = "[data-testid=stApp][data-test-script-state=notRunning]"

# Milliseconds from the time stamp of a key to the end of the first frame after it, and to the
# moment at which the page calls all answers saved. A frame is painted after the callbacks of
# requestAnimationFrame; a task posted there runs after it. The first part stands on the page before
# its scripts, as these keep the keys that they heard to themselves.
HEAR = """
window.keyTimes = { shown: [], saved: [] };
window.keyPressed = null;
window.addEventListener("keydown", (event) => {
  const at = (window.keyPressed = event.timeStamp);
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.keyTimes.shown.push(performance.now() - at);
    channel.port2.postMessage(0);
  });
}, { capture: true });
"""
WATCH = """() => {
  const below = (root) => [...root.querySelectorAll("*")].map((each) => each.shadowRoot);
  const find = (root) =>
    root.querySelector(".save") ?? below(root).filter(Boolean).map(find).find(Boolean);
  const save = find(document);
  new MutationObserver(() => {
    if (window.keyPressed === null || save.className !== "save saved") return;
    window.keyTimes.saved.push(performance.now() - window.keyPressed);
    window.keyPressed = null;
  }).observe(save, { attributes: true, attributeFilter: ["class"] });
}"""


def pages(browser: Browsing, server: Server, project: str, repeats: int) -> dict[str, Any]:
    """Seconds to the title and to the end of each page: the first time, and in later sessions."""
    found: dict[str, Any] = {}
    for page in PAGES:
        times = []
        for _ in range(repeats + 1):
            with browser.tab() as tab:
                started = time.perf_counter()
                tab.goto(server.address(page, project))
                tab.locator("h1").first.wait_for()
                title = time.perf_counter() - started
                tab.locator(DRAWN).wait_for()
                times.append((title, time.perf_counter() - started))
        first, *later = times
        names = ("title", "drawn")
        found[page] = {
            "first": dict(zip(names, map(_seconds, first), strict=True)),
            **{
                name: _seconds(statistics.median(each))
                for name, each in zip(names, zip(*later, strict=True), strict=True)
            },
        }
    return found


def keys(browser: Browsing, server: Server, project: str, count: int) -> dict[str, Any]:
    """Milliseconds until a key of the Label page is shown, and until its answer is saved."""
    with browser.tab() as tab:
        open_cards(tab, server, project)
        cards = tab.locator(".tile").count()
        for number in range(count):
            if number >= cards:  # all are answered: one of them once more, by another class
                tab.locator(".tile").nth(number % cards).click()
            # An answer to each card, and now and then one that is taken back.
            _press(tab, "u" if number % 10 == 9 else str((number + number // cards) % 10))
        times = tab.evaluate("window.keyTimes")
    return {name: spread(times[name]) for name in ("shown", "saved")}


def two_people(
    browser: Browsing, server: Server, store: Store, project: str, count: int
) -> dict[str, Any]:
    """Two sessions that answer the cards of one project in turns, from both ends of its strip."""
    before, errors = len(service.answers(store, project)), list[str]()
    with ExitStack() as stack:
        tabs = [stack.enter_context(browser.tab()) for _ in range(2)]
        for tab in tabs:
            tab.on("pageerror", lambda error: errors.append(str(error)))
            open_cards(tab, server, project)
        cards = tabs[1].locator(".tile").count()
        for number in range(count):
            tab, own = tabs[number % 2], number // 2
            place = own if tab is tabs[0] else cards - 1 - own
            tab.locator(".tile").nth(place % cards).click()
            _press(tab, str((own + own // cards) % 10))
        times = [tab.evaluate("window.keyTimes") for tab in tabs]
        failed = [tab.locator(".save.failed").inner_text() for tab in tabs if _failed(tab)]
    stored = len(service.answers(store, project)) - before
    return {
        "answers": count,
        "stored": stored,
        "errors": [*errors, *failed],
        **{
            name: spread([ms for each in times for ms in each[name]]) for name in ("shown", "saved")
        },
    }


def memory(
    browser: Browsing, server: Server, project: str, sessions: Iterable[int]
) -> dict[str, float]:
    """MiB of the web server by the number of sessions that have the Label page open."""
    found = {"0": round(server.memory(), 1)}
    with ExitStack() as stack:
        here = 0
        for number in sessions:
            for _ in range(number - here):
                tab = stack.enter_context(browser.tab())
                open_cards(tab, server, project)
                _press(tab, "1")
            here = number
            found[str(number)] = round(server.memory(), 1)
    return found


def spread(times: Sequence[float]) -> Mapping[str, float]:
    """How many, the median, the 95th percentile and the largest, in milliseconds."""
    ordered = sorted(times)
    if not ordered:
        return {"count": 0}
    at = min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))
    values = {"p50": statistics.median(ordered), "p95": ordered[at], "most": ordered[-1]}
    return {"count": len(ordered), **{name: round(value, 1) for name, value in values.items()}}


def open_cards(tab: "Page", server: Server, project: str) -> None:
    """Opens the Label page, waits for its pictures, and begins to watch the keys."""
    tab.add_init_script(HEAR)
    tab.goto(server.address("label", project))
    tab.locator(".picture").first.wait_for()
    tab.locator(DRAWN).wait_for()
    tab.evaluate(WATCH)


def _press(tab: "Page", key: str) -> None:
    """Presses a key and waits until the page says that its answer is saved."""
    tab.keyboard.press(key)
    tab.locator(".save.saved, .save.failed").wait_for()
    tab.wait_for_timeout(PAUSE)


def _failed(tab: "Page") -> bool:
    return tab.locator(".save.failed").count() > 0


def _seconds(value: float) -> float:
    return round(value, 3)
