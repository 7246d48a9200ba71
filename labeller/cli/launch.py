"""Start the web app with Streamlit, from any folder, and open it in a browser."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import webbrowser
from dataclasses import dataclass
from pathlib import Path

from labeller.cli.publishing import HOST, Published, reached_at
from labeller.errors import LabellerError, NotFoundError

FIRST_PORT = 8501


@dataclass(frozen=True)
class Launch:
    """What the app is started with; `page` is a page's address, with the project to open.

    `tour`: a browser that opens the page for the first time shows its person around. `published`:
    for others than the person at this computer.
    """

    workspace: Path
    data: Path | None = None
    port: int | None = None
    browser: bool = True
    page: str = ""
    project: str = ""
    tour: bool = False
    published: Published | None = None

    @property
    def host(self) -> str:
        """The address that the server listens at."""
        return self.published.host if self.published else HOST

    def address(self, port: int) -> str:
        """The address to open in the browser once the server listens at `port`."""
        named = {"project": self.project} if self.project else {}
        query = urllib.parse.urlencode(named | ({"tour": 1} if self.tour else {}))
        origin = self.published.origin if self.published else ""
        start = origin or f"http://{reached_at(self.host)}:{port}"
        return f"{start}/{self.page}{'?' if query else ''}{query}"


def find_app() -> Path:
    """app.py: beside the package in a checkout, in `labeller/_app` of an installed wheel."""
    package = Path(__file__).resolve().parents[1]
    places = (package.parent / "app.py", package / "_app" / "app.py")
    for place in places:
        if place.is_file() and (place.parent / "pages").is_dir():
            return place
    raise NotFoundError(
        f"app.py is neither at {places[0]} nor at {places[1]}: install labeller again"
    )


def free_port(wanted: int | None = None, host: str = HOST) -> int:
    """A port that nothing listens at: `wanted`, else the first free one from 8501.

    Raises LabellerError when `wanted` is taken.
    """
    if wanted is not None:
        if not _is_free(wanted, host):
            raise LabellerError(f"port {wanted} is in use: give another --port, or none")
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + 50):
        if _is_free(port, host):
            return port
    with socket.socket() as probe:
        probe.bind((reached_at(host).strip("[]"), 0))
        return int(probe.getsockname()[1])


def serve(launch: Launch) -> int:
    """Run the app until Ctrl-C or a termination signal; returns the exit code of the server."""
    app = find_app()
    port = free_port(launch.port, launch.host)
    server = subprocess.Popen(
        _published(app, port, launch.published) if launch.published else _command(app, port),
        cwd=app.parent,
        env=_environment(launch),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # Streamlit's greeting names another address than ours
    )
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        _open_when_ready(server, launch, port)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, previous)
        _end(server)


def _is_free(port: int, host: str = HOST) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            raise LabellerError(
                f"--host must be an address of this computer, got {host}"
            ) from error
        except OSError:
            return False
    return True


def _command(app: Path, port: int) -> list[str]:
    # Headless: Streamlit would open its own address, without the page and the project.
    options = {
        "server.headless": "true",
        "server.port": str(port),
        "server.address": HOST,
        "browser.gatherUsageStats": "false",
        "logger.level": "warning",
        "server.fileWatcherType": "none",
    }
    command = [sys.executable, "-m", "streamlit", "run", str(app)]
    return command + [part for name, value in options.items() for part in (f"--{name}", value)]


def _published(app: Path, port: int, published: Published) -> list[str]:
    command = [sys.executable, "-m", "labeller.ui.published", str(app), published.host, str(port)]
    auth = published.auth
    return command + ([str(auth.file), auth.origin] if auth else [])


def _environment(launch: Launch) -> dict[str, str]:
    """The environment of the server: where projects and data sets lie, as absolute paths."""
    environment = dict(os.environ, LABELLER_WORKSPACE=str(launch.workspace.absolute()))
    if launch.data is not None:
        environment["LABELLER_DATA"] = str(launch.data.absolute())
    if launch.published is not None:
        environment["LABELLER_PUBLISHED"] = "login" if launch.published.auth else "insecure"
    return environment


def _open_when_ready(server: subprocess.Popen[bytes], launch: Launch, port: int) -> None:
    """Wait for the server, say where it is, and open the browser if there is one to see."""
    address = launch.address(port)
    while server.poll() is None and not _answers(launch.host, port):
        time.sleep(0.1)
    if server.poll() is not None:
        raise LabellerError(
            f"the web server ended at once with exit code {server.returncode}: its messages are "
            "above; `labeller doctor` may tell why"
        )
    print(f"labeller is at {address}\nStop it with Ctrl-C.", flush=True)
    if launch.browser and _has_display():
        webbrowser.open(address)


def _answers(host: str, port: int) -> bool:
    health = f"http://{reached_at(host)}:{port}/_stcore/health"
    try:
        with urllib.request.urlopen(health, timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _has_display() -> bool:
    """Whether a browser window can appear: without this, a text browser could take the terminal."""
    if sys.platform in ("darwin", "win32"):
        return "SSH_CONNECTION" not in os.environ
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _end(server: subprocess.Popen[bytes]) -> None:
    """Stop the server: politely, and after five seconds for certain."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
