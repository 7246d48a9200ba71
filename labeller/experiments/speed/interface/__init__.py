"""How quick the interface is to the person who uses it, measured in a real browser.

`measure` opens the app as a person does, on projects of the embedded digits that it makes itself:
each page, keys on the Label page, two people on one project, and what several sessions need of the
server's memory; `explore` does so for large maps. `app` has the server and the browser.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from labeller import service
from labeller.config import ClusterConfig, EmbedConfig, RoundConfig, preset
from labeller.errors import LabellerError
from labeller.events import Progress, Report, silent
from labeller.experiments.speed.interface import explore, measure
from labeller.experiments.speed.interface.app import HEIGHT, WIDTH, Browsing, browsing, serving
from labeller.runtime import measured_on
from labeller.service import Store

SESSIONS = (1, 2, 5)
PEOPLE = "two people"  # a project of their own


def interface_benchmark(
    *,
    cards: Sequence[int] = (30, 100),
    keys: int = 40,
    repeats: int = 3,
    points: Sequence[int] = (10_000, 70_000),
    report: Report = silent,
) -> dict[str, Any]:
    """Measures the app in Chromium, on a project with so many cards each, by so many `keys`, and
    on a map with so many points each.

    The record has milliseconds `keys` {cards: {shown, saved}} and `people`, seconds `pages` {page:
    {title, drawn}}, `memory` in MiB by the number of sessions, and `maps` {points: see
    `explore.measure`}. Raises ValueError for numbers out of range, LabellerError where there is no
    browser or no playwright.
    """
    for name, value, least in (
        ("cards", min(cards, default=0), 2),
        ("keys", keys, 2),
        ("repeats", repeats, 1),
        ("points", min(points, default=1000), 100),
    ):
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    with TemporaryDirectory(prefix="labeller-") as scratch, browsing() as browser:
        workspace, total = Path(scratch) / "workspace", len(cards) + len(points) + 3
        report(Progress("benchmark", 0, total, "making the projects"))
        _make(workspace, cards, points)
        found: dict[str, dict[str, Any]] = {"keys": {}, "maps": {}}
        steps = _steps(workspace, browser, cards, keys, repeats, points)
        for done, (part, name, values) in enumerate(steps, 1):
            found.setdefault(part, {}).update({name: values} if name else values)
            report(Progress("benchmark", done, total, f"{part} {name}".strip()))
    facts = {"browser": browser.version, "viewport": [WIDTH, HEIGHT]}
    return {**measured_on("cpu"), **facts, **found}


def _steps(
    workspace: Path,
    browser: Browsing,
    cards: Sequence[int],
    keys: int,
    repeats: int,
    points: Sequence[int],
) -> Iterator[tuple[str, str, Any]]:
    """What is measured: its part of the record, its name there and its values. Each on a server of
    its own, so that none warms up another's.
    """
    with serving(workspace) as server:
        yield "pages", "", measure.pages(browser, server, project_of(cards[0]), repeats)
    for number in cards:
        with serving(workspace) as server:
            yield "keys", str(number), measure.keys(browser, server, project_of(number), keys)
    with serving(workspace) as server, opened(workspace) as store:
        yield "people", "", measure.two_people(browser, server, store, PEOPLE, keys)
    with serving(workspace) as server:
        yield "memory", "", measure.memory(browser, server, PEOPLE, SESSIONS)
    for number in points:
        with serving(workspace) as server:
            yield "maps", str(number), explore.measure(browser, server, number)


def project_of(cards: int) -> str:
    """The name of the project with so many cards."""
    return f"{cards} cards"


@contextmanager
def opened(workspace: Path) -> Iterator[Store]:
    """The workspace, closed at the end."""
    store = service.open_store(workspace)
    try:
        yield store
    finally:
        store.close()


def _make(workspace: Path, cards: Sequence[int], points: Sequence[int]) -> None:
    """The projects: of digits with so many cards, and of synthetic images with so many points of a
    map. Nothing is trained in epochs."""
    from labeller.jobs.worker import run_waiting

    with opened(workspace) as store:
        names = {project_of(number): number for number in cards}
        for name, number in {**names, PEOPLE: cards[-1]}.items():
            service.create_project(store, name, "digits")
            service.train(store, name, _settings(number))
        for number in points:
            explore.make(store, workspace, number)
        run_waiting(store)
        for number in points:
            service.request_map(store, explore.project_of(number), "pca")
        run_waiting(store)
        failed = [view.error for view in service.jobs(store) if view.state != "done"]
        if failed:
            raise LabellerError(f"a project to measure on could not be made: {failed[0]}")


def _settings(cards: int) -> RoundConfig:
    changes = {
        "method": "pca",
        "method_config": {"latent": 20},
        "embed": EmbedConfig(space="latent"),
        "cluster": ClusterConfig(algorithm="kmeans", clusters=cards),
    }
    return preset("recommended").model_copy(update=changes)
