"""How quick the map is: `python -m tests.browser.benchmark_explore [IMAGES ...]`, by default 10000
and 70000.

Makes a project of so many synthetic images, draws its map, and opens it in Chromium. Prints a JSON
line each: seconds from the address to the first frame with all points, cold and warm (the server
has shown it before), and milliseconds from the end of a lasso to the frame with its pictures, and
from the mouse on a point to its picture. Exits with 1 if the warm page took 2 s or a lasso 500 ms.

`measure` does that to any project with a map. It reads what the page itself records with
`performance`: the mark `labeller-map-painted`, and the measure `labeller-lasso` of each selection.
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from labeller import service
from labeller.config import ClusterConfig, EmbedConfig, RoundConfig
from labeller.jobs.worker import run_waiting
from tests.browser.conftest import QUIET, Server
from tests.support import stop_workers

PAINTED = "performance.getEntriesByName('labeller-map-painted').length > 0"
MOST_PAINT, MOST_LASSO = 2.0, 500.0
LASSOS = 5


def main(counts: list[int]) -> int:
    """Measures projects of so many images; returns the exit code."""
    slow = False
    for count in counts:
        with tempfile.TemporaryDirectory() as scratch:
            make(Path(scratch), count)
            server = Server(Path(scratch) / "workspace", Path(scratch) / "log")
            server.start()
            try:
                with sync_playwright() as driver:
                    program = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
                    browser = driver.chromium.launch(executable_path=program, args=list(QUIET))
                    tab = browser.new_page(viewport={"width": 1440, "height": 900})
                    found = measure(tab, server.url, "synthetic")
                    browser.close()
            finally:
                server.kill()
                stop_workers(server.workspace)
        print(json.dumps({"images": count, **found}), flush=True)
        slow |= found["warm_seconds"] >= MOST_PAINT or found["lasso_median_ms"] >= MOST_LASSO
    return int(slow)


def make(folder: Path, count: int, classes: int = 10, side: int = 12) -> None:
    """A workspace with the project `synthetic`: noisy copies of a few pictures, and their map."""
    random = np.random.default_rng(0)
    patterns = random.uniform(0, 200, (classes, side, side))
    images = patterns[np.arange(count) % classes] + random.normal(0, 25, (count, side, side))
    np.save(folder / "images.npy", images.clip(0, 255).astype(np.uint8))
    store = service.open_store(folder / "workspace")
    service.create_project(store, "synthetic", str(folder / "images.npy"), size=side)
    run_waiting(store)
    config = RoundConfig(
        method="pca",
        embed=EmbedConfig(space="latent"),
        cluster=ClusterConfig(algorithm="kmeans", clusters=20),
    )
    service.train(store, "synthetic", config)
    run_waiting(store)
    service.request_map(store, "synthetic", "pca")
    run_waiting(store)
    failed = [job.error for job in service.jobs(store) if job.state != "done"]
    assert not failed, failed
    store.close()


def measure(tab: Page, url: str, project: str) -> dict[str, float]:
    """Opens the page thrice, draws lassos and rests the mouse on a point."""
    address = f"{url}/explore?project={project}"
    seconds = []
    for _ in range(3):
        tab.goto("about:blank")
        start = time.perf_counter()
        tab.goto(address)
        tab.wait_for_function(PAINTED, timeout=120_000)
        seconds.append(time.perf_counter() - start)
    lassos = [_lasso(tab, 0.25 + 0.1 * number) for number in range(LASSOS)]
    return {
        "cold_seconds": round(seconds[0], 2),
        "warm_seconds": round(min(seconds[1:]), 2),
        "lasso_median_ms": round(statistics.median(lassos), 1),
        "lasso_max_ms": round(max(lassos), 1),
        "hover_ms": round(_hover(tab), 1),
    }


def _lasso(tab: Page, middle: float) -> float:
    """Milliseconds from the end of a lasso around there to the frame with its pictures."""
    tab.keyboard.press("Escape")
    before = tab.evaluate("performance.getEntriesByName('labeller-lasso').length")
    box = tab.locator("canvas.over").bounding_box()
    assert box
    corners = [(-0.1, 0.1), (0.1, 0.1), (0.1, 0.9), (-0.1, 0.9), (-0.1, 0.1)]
    places = [
        (box["x"] + (middle + right) * box["width"], box["y"] + down * box["height"])
        for right, down in corners
    ]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=6)
    tab.mouse.up()
    tab.wait_for_function(
        "before => performance.getEntriesByName('labeller-lasso').length > before", arg=before
    )
    took: float = tab.evaluate("performance.getEntriesByName('labeller-lasso').at(-1).duration")
    return took


def _hover(tab: Page) -> float:
    """Milliseconds from the mouse on a point to its picture."""
    tab.keyboard.press("Escape")
    box = tab.locator("canvas.over").bounding_box()
    assert box
    for place in range(10, 90):
        tab.mouse.move(box["x"] + place / 100 * box["width"], box["y"] + box["height"] / 2)
        if tab.locator(".tip:not([hidden])").count():
            start = time.perf_counter()
            tab.locator(".tip img").wait_for()
            return 1000 * (time.perf_counter() - start)
    return float("nan")


if __name__ == "__main__":
    sys.exit(main([int(each) for each in sys.argv[1:]] or [10_000, 70_000]))
