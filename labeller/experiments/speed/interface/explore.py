"""How quick the map of the Explore page is, on as many synthetic images as one likes.

It is read from what the page itself records with `performance`: the mark `labeller-map-painted`,
and the measure `labeller-lasso` of each selection.
"""

import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from labeller import service
from labeller.config import ClusterConfig, EmbedConfig, RoundConfig
from labeller.experiments.speed.interface.app import PATIENCE, Browsing, Server
from labeller.runtime import stream_seed
from labeller.service import Store

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAINTED = "performance.getEntriesByName('labeller-map-painted').length > 0"
LASSOS = "performance.getEntriesByName('labeller-lasso')"
TURNS, CLASSES, SIDE = 5, 10, 12  # lassos; different pictures, and the side of an image in pixels


def project_of(images: int) -> str:
    """The name of the project with so many images."""
    return f"{images} images"


def make(store: Store, folder: Path, images: int) -> None:
    """Queues a project of noisy copies of a few pictures; the map of it is asked for later."""
    random = np.random.default_rng(stream_seed(0, "benchmark/explore"))
    patterns = random.uniform(0, 200, (CLASSES, SIDE, SIDE))
    noise = random.normal(0, 25, (images, SIDE, SIDE))
    pixels = patterns[np.arange(images) % CLASSES] + noise
    path = folder / f"{images}.npy"
    np.save(path, pixels.clip(0, 255).astype(np.uint8))
    service.create_project(store, project_of(images), str(path), size=SIDE)
    config = RoundConfig(
        method="pca",
        embed=EmbedConfig(space="latent"),
        cluster=ClusterConfig(algorithm="kmeans", clusters=20),
    )
    service.train(store, project_of(images), config)


def measure(browser: Browsing, server: Server, images: int) -> dict[str, float]:
    """Seconds from the address to the first frame with all points, the first time and later;
    milliseconds from the end of a lasso to the frame with its pictures, and from the mouse on a
    point to its picture.
    """
    with browser.tab() as tab:
        seconds = []
        for _ in range(3):
            tab.goto("about:blank")
            started = time.perf_counter()
            tab.goto(server.address("explore", project_of(images)))
            tab.wait_for_function(PAINTED, timeout=1000 * PATIENCE)
            seconds.append(time.perf_counter() - started)
        lassos = [_lasso(tab, 0.25 + 0.1 * turn) for turn in range(TURNS)]
        return {
            "first": round(seconds[0], 3),
            "painted": round(min(seconds[1:]), 3),
            "lasso_p50": round(statistics.median(lassos), 1),
            "lasso_most": round(max(lassos), 1),
            "hover": round(_hover(tab), 1),
        }


def _lasso(tab: "Page", middle: float) -> float:
    """Milliseconds of a lasso around there."""
    tab.keyboard.press("Escape")
    before = tab.evaluate(f"{LASSOS}.length")
    left, top, width, height = _map(tab)
    corners = [(-0.1, 0.1), (0.1, 0.1), (0.1, 0.9), (-0.1, 0.9), (-0.1, 0.1)]
    places = [(left + (middle + right) * width, top + down * height) for right, down in corners]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=6)
    tab.mouse.up()
    tab.wait_for_function(f"before => {LASSOS}.length > before", arg=before)
    return float(tab.evaluate(f"{LASSOS}.at(-1).duration"))


def _hover(tab: "Page") -> float:
    """Milliseconds from the mouse on a point to its picture; not a number where it meets none."""
    tab.keyboard.press("Escape")
    left, top, width, height = _map(tab)
    for place in range(10, 90):
        tab.mouse.move(left + place / 100 * width, top + height / 2)
        if tab.locator(".tip:not([hidden])").count():
            started = time.perf_counter()
            tab.locator(".tip img").wait_for()
            return 1000 * (time.perf_counter() - started)
    return float("nan")


def _map(tab: "Page") -> tuple[float, float, float, float]:
    """Left, top, width and height of the map on the screen."""
    box = tab.locator("canvas.over").bounding_box()
    assert box is not None
    return box["x"], box["y"], box["width"], box["height"]
