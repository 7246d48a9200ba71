"""How long a key takes to show: `python -m tests.browser.benchmark_keys FOLDER [label|audit]`.

FOLDER is a workspace with a project that has open questions; a copy of it is used. On the page
Label answers are given, changed and taken back, on Audit images are labelled. Prints one JSON line
with milliseconds from the key's time stamp to the first frame after it, and until the server
has confirmed the answer; exits with 1 if any key took 100 ms or more to show.
"""

import json
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from labeller import service
from tests.browser.conftest import QUIET, Server
from tests.support import stop_workers

LIMIT = 100.0
KEYS = {"label": "1w2e3r4q5u6ux" * 2, "audit": "1x2345u67890" * 3}

# A frame is painted after the callbacks of requestAnimationFrame; a task posted there runs after.
WATCH = """() => {
  window.keyTimes = [];
  window.addEventListener("keydown", (event) => {
    const pressed = event.timeStamp;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.keyTimes.push(performance.now() - pressed);
      channel.port2.postMessage(0);
    });
  }, { capture: true });
}"""


def main(folder: Path, name: str = "label") -> int:
    """Measures on a copy of the workspace; returns the exit code."""
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Path(scratch) / "workspace"
        shutil.copytree(folder, workspace)
        server = Server(workspace, Path(scratch) / "log")
        server.start()
        try:
            with sync_playwright() as driver:
                program = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
                browser = driver.chromium.launch(executable_path=program, args=list(QUIET))
                tab = browser.new_page(viewport={"width": 1440, "height": 900})
                found = measure(tab, server, name)
                browser.close()
        finally:
            server.kill()
            stop_workers(workspace)
    print(json.dumps(found))
    return int(found["shown_max"] >= LIMIT)


def measure(tab: Page, server: Server, name: str) -> dict[str, float]:
    """Presses the keys of a page, one each 150 ms."""
    expect.set_options(timeout=60_000)
    store = server.open_store()
    project = service.projects(store)[0]
    if name == "audit" and service.audit(store, project) is None:
        service.draw_audit(store, project, service.audit_sizes(store, project)[2])
    start = time.perf_counter()
    tab.goto(f"{server.url}/{name}?project={project.name}")
    tab.locator(".picture").first.wait_for()
    first = time.perf_counter() - start
    tab.wait_for_timeout(500)
    tab.evaluate(WATCH)
    saved = []
    for key in KEYS[name]:
        start = time.perf_counter()
        tab.keyboard.press(key)
        expect(tab.locator(".save.saved")).to_be_visible()
        saved.append(1000 * (time.perf_counter() - start))
        tab.wait_for_timeout(150)
    shown = tab.evaluate("window.keyTimes")
    return {
        "keys": len(shown),
        "shown_median": round(statistics.median(shown), 1),
        "shown_max": round(max(shown), 1),
        "saved_median": round(statistics.median(saved), 1),
        "saved_max": round(max(saved), 1),
        "first_card_seconds": round(first, 2),
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
