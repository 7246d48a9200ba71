"""Pictures of every page, both themes, three widths: `python -m tests.browser.screenshots OUT`.

Without a workspace of one's own (`--workspace FOLDER`, of which a copy is used) it makes one: the
embedded digits, two rounds answered, the third one begun, an audit and a map. `docs/label.png`
of the README is `label-1440-light.png` of it.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from labeller import service
from labeller.jobs.worker import run_waiting
from labeller.records import Answer
from labeller.ui.frame.navigation import PAGES
from tests.browser.conftest import QUIET, Server
from tests.service.test_round import label_truly
from tests.support import stop_workers

SIZES = {1440: 900, 1024: 700, 390: 844}
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.browser.screenshots", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--workspace", type=Path)
    parser.add_argument("--project", default="digits")
    parser.add_argument("--pages", nargs="*", default=[page.key for page in PAGES])
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        workspace = Path(scratch) / "workspace"
        if arguments.workspace:
            shutil.copytree(arguments.workspace, workspace)
        else:
            make(workspace)
        server = Server(workspace, Path(scratch) / "log")
        server.start()
        try:
            with sync_playwright() as driver:
                program = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))))
                browser = driver.chromium.launch(executable_path=program, args=list(QUIET))
                for theme in ("light", "dark"):
                    for width in SIZES:
                        take(browser, server.url, arguments, width, theme)
                browser.close()
        finally:
            server.kill()
            stop_workers(workspace)


def make(workspace: Path) -> None:
    """A project with something to see on each page."""
    store = service.open_store(workspace)
    service.create_project(store, "digits", "digits")
    run_waiting(store)
    service.train(store, "digits")
    run_waiting(store)
    for _ in range(2):
        label_truly(store)
        service.propagate(store, "digits")
        service.retrain(store, "digits")
        run_waiting(store)
    service.request_map(store, "digits", "umap")
    run_waiting(store)
    audit = service.draw_audit(store, "digits", service.audit_sizes(store, "digits")[2])
    for image in audit.images[:5]:
        service.answer_audit(store, "digits", image, 1)
    for card in service.cards(store, "digits")[:3]:
        service.answer(store, "digits", card.node, Answer("label", card.suggested, 0.8))
    store.close()


def take(browser: Browser, url: str, arguments: argparse.Namespace, width: int, theme: str) -> None:
    """The pages at one width and in one theme, whole pages with all that is below the fold."""
    size = {"width": width, "height": SIZES[width]}
    context = browser.new_context(viewport=size, color_scheme=theme)
    tab = context.new_page()
    for page in arguments.pages:
        address = "" if page == "projects" else page
        tab.goto(f"{url}/{address}?project={arguments.project}")
        expect(tab.get_by_role("heading").first).to_be_visible(timeout=60_000)
        tab.wait_for_timeout(2500)  # charts and pictures come after the script of the page
        expect(tab.locator(SETTLED)).to_be_visible(timeout=120_000)
        tab.wait_for_timeout(1000)
        tab.screenshot(path=arguments.out / f"{page}-{width}-{theme}.png")
        print(f"{page}-{width}-{theme}.png", flush=True)
    context.close()


if __name__ == "__main__":
    main()
