"""A real browser on a real server, over a private copy of a trained workspace."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from labeller import service
from tests.support import PATIENCE, stop_workers

ROOT = Path(__file__).parents[2]
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class Server:
    """The app on a port of its own, that can be killed and started again."""

    def __init__(self, workspace: Path, log: Path) -> None:
        self.workspace = workspace
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when the server answers; raises TimeoutError with its log where it does not."""
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
        command += [f"--server.port={self.port}", "--server.fileWatcherType=none"]
        environment = {**os.environ, "LABELLER_WORKSPACE": str(self.workspace)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.2)
        raise TimeoutError(self.log.read_text(errors="replace"))

    def kill(self) -> None:
        """kill -9, as a crash or an impatient person would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(PATIENCE)
            self.process = None

    def open_store(self) -> service.Store:
        return service.open_store(self.workspace)


@pytest.fixture(scope="session")
def chromium():
    """The browser of the system; Playwright's own is never downloaded."""
    program = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if program is None:
        pytest.skip("Chromium is missing; on Debian or Ubuntu: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """The app over the workspace in `folder`; all its processes end with the block."""
    running = Server(folder / "workspace", folder / "server.log")
    try:
        running.start()
        yield running
    finally:
        running.kill()
        stop_workers(running.workspace)


@pytest.fixture
def server(trained_workspace, tmp_path):
    """The app over a copy of the trained workspace."""
    shutil.copytree(trained_workspace, tmp_path / "workspace")
    with serving(tmp_path) as running:
        yield running


@pytest.fixture
def tab(chromium, server):
    """A fresh browser window; errors of the page's scripts fail the test."""
    playwright = pytest.importorskip("playwright.sync_api")
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(PATIENCE * 1000)
    playwright.expect.set_options(timeout=PATIENCE * 1000)
    yield page
    context.close()
    assert not errors, errors
