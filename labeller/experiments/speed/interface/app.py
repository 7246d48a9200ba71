"""The app in a process of its own, and a browser that looks at it."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labeller.errors import LabellerError

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 120.0
WIDTH, HEIGHT = 1440, 900
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


@dataclass(frozen=True)
class Browsing:
    """A Chromium without windows."""

    chromium: "Chromium"

    @property
    def version(self) -> str:
        return f"Chromium {self.chromium.version}"

    @contextmanager
    def tab(self) -> Iterator["Page"]:
        """A page in a session of its own, as of another person; its script errors are raised."""
        context = self.chromium.new_context(viewport={"width": WIDTH, "height": HEIGHT})
        try:
            page = context.new_page()
            page.set_default_timeout(1000 * PATIENCE)
            yield page
        finally:
            context.close()


@dataclass(frozen=True)
class Server:
    """The app as `labeller ui` starts it."""

    process: "subprocess.Popen[bytes]"
    port: int

    def address(self, page: str, project: str) -> str:
        return f"http://127.0.0.1:{self.port}/{page}?project={project.replace(' ', '+')}"

    def memory(self) -> float:
        """MiB that the web server holds (resident), without the command that started it."""
        import psutil

        servers = psutil.Process(self.process.pid).children(recursive=True)
        return float(sum(each.memory_info().rss for each in servers) / 2**20)


@contextmanager
def browsing() -> Iterator[Browsing]:
    """A Chromium of the system; raises LabellerError where it, or what drives it, is missing."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise LabellerError(
            "the interface is measured in a browser that playwright drives, which is not installed:"
            " pip install playwright (or `uv sync`, in a clone), and a Chromium of the system"
        ) from None
    program = chromium_program()
    if program is None:
        raise LabellerError(
            "no Chromium was found to measure the interface in; on Debian or Ubuntu: apt-get"
            " install chromium"
        )
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=program, args=list(_OPTIONS))
        try:
            yield Browsing(chromium)
        finally:
            chromium.close()


def chromium_program() -> str | None:
    """The Chromium of the system; Playwright's own is never downloaded."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def serving(workspace: Path) -> Iterator[Server]:
    """The app over the workspace, ready to answer; it ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "labeller.cli", "ui", "--workspace", str(workspace)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--no-browser"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            _wait(process, port)
            yield Server(process, port)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise LabellerError("the app did not start; `labeller ui` says why")
