"""The web server never loads torch: it costs 670 MB and ten seconds on the first page."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from labeller.ui.frame.navigation import PAGES
from tests.support import PATIENCE, stop_workers

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("torch", "torchvision", "kornia", "timm", "onnxruntime")
# The first page is the default one, whose address is the root.
ADDRESSES = ["", *(page.key for page in PAGES[1:])]


@dataclass(frozen=True)
class Server:
    """A running server: its process number and its port."""

    pid: int
    port: int


@pytest.fixture
def server(trained_workspace: Path, tmp_path: Path) -> Iterator[Server]:
    """`labeller ui` on a free port, over a project that has questions open."""
    workspace = tmp_path / "workspace"
    shutil.copytree(trained_workspace, workspace)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    options = {"server.headless": "true", "server.port": str(port)}
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = {**os.environ, "LABELLER_WORKSPACE": str(workspace)}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until_healthy(port)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait(PATIENCE)
        stop_workers(workspace)


def wait_until_healthy(port: int) -> None:
    """Return when the server answers its health check."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def visit(port: int, page: str, query: str = "project=digits") -> list[ForwardMsg]:
    """Open a session as a browser does, run one page to its end, and return what it sent."""
    received = []
    # Not asyncio: the browser tests leave a running loop in this thread.
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        open_timeout=PATIENCE,
        max_size=None,
        subprotocols=["streamlit"],
    ) as session:
        hello = BackMsg()
        hello.rerun_script.page_name = page
        hello.rerun_script.query_string = query
        session.send(hello.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(session.recv(PATIENCE))
            received.append(message)
            done = ForwardMsg.FINISHED_SUCCESSFULLY
            if message.WhichOneof("type") == "script_finished" and message.script_finished == done:
                return received


def exceptions(messages: list[ForwardMsg]) -> list[str]:
    """The error boxes among the elements of a page."""
    elements = [message.delta.new_element for message in messages if message.HasField("delta")]
    return [one.exception.message for one in elements if one.HasField("exception")]


def mapped(pid: int) -> set[str]:
    """Names of the heavy libraries whose files a process has in its memory."""
    files = Path(f"/proc/{pid}/maps").read_text()
    return {name for name in (*HEAVY, "libtorch") if f"/{name}" in files}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
def test_every_page_runs_and_the_server_maps_no_torch(server: Server) -> None:
    for address in ADDRESSES:
        messages = visit(server.port, address)
        assert not any(message.WhichOneof("type") == "page_not_found" for message in messages)
        assert not exceptions(messages), f"{address}: {exceptions(messages)}"
        assert any(message.HasField("delta") for message in messages), f"{address} is empty"
    assert mapped(server.pid) == set()


@pytest.mark.slow
def test_a_deep_link_right_after_the_start_shows_the_page_in_its_frame(server: Server) -> None:
    """A pages/ folder makes the first deep link bypass app.py: the guard brings it back."""
    messages = visit(server.port, "label")
    assert not exceptions(messages)
    assert any(message.WhichOneof("type") == "navigation" for message in messages)


def test_service_and_pages_import_no_torch() -> None:
    """In a process of its own, since pytest's may have it from other tests."""
    script = (
        "import sys, importlib, pkgutil, runpy\n"
        "import labeller.service, labeller.figures, labeller.ui, labeller.ui.frame.page\n"
        "for found in pkgutil.walk_packages(labeller.ui.__path__, 'labeller.ui.'):\n"
        "    importlib.import_module(found.name)\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
