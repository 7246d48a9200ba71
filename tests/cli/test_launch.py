"""Starting the app: ports, addresses, environment, and the demo from another folder."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from labeller.cli import launch
from labeller.errors import LabellerError, NotFoundError
from tests.cli.conftest import Command
from tests.support import PATIENCE


def test_the_address_names_page_and_project() -> None:
    to_start = launch.Launch(Path("w"), page="label", project="my pets & more")
    assert to_start.address(8501) == "http://127.0.0.1:8501/label?project=my+pets+%26+more"
    assert launch.Launch(Path("w")).address(80) == "http://127.0.0.1:80/"


def test_a_taken_port_is_passed_over_and_refused_when_asked_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert launch.free_port() != port
        with pytest.raises(LabellerError, match=f"port {port} is in use"):
            launch.free_port(port)
    assert launch.free_port(port) == port


def test_no_window_is_opened_without_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not launch._has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert launch._has_display()


def test_a_missing_app_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "__file__", str(tmp_path / "labeller" / "launch.py"))
    with pytest.raises(NotFoundError, match="install labeller again"):
        launch.find_app()


def test_a_server_that_cannot_start_ends_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        launch, "_command", lambda *_: [sys.executable, "-c", "raise SystemExit(3)"]
    )
    with pytest.raises(LabellerError, match="exit code 3"):
        launch.serve(launch.Launch(tmp_path, browser=False))


def test_ui_of_an_unknown_project_starts_nothing(labeller: Command) -> None:
    ended = labeller("ui", "--project", "nobody", "--no-browser")
    assert ended.code == 1
    assert "nobody" in ended.err


# A shell that starts the tests in the background has Ctrl-C ignored, for them and the app.
HEARING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def started(workspace: Path, folder: Path, *arguments: str) -> Iterator[str]:
    """`labeller ARGUMENTS` in another folder, until the block ends; gives the app's address."""
    environment = {**os.environ, "LABELLER_WORKSPACE": str(workspace)}
    process = subprocess.Popen(
        [sys.executable, "-c", HEARING, sys.executable, "-m", "labeller.cli", *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _address(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)


def _address(process: subprocess.Popen[str]) -> str:
    """What the command prints once the server listens."""
    lines: Queue[str] = Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line)

    Thread(target=read, daemon=True).start()
    while True:
        found = re.search(r"http://\S+", lines.get(timeout=PATIENCE))
        if found:
            return found[0]


@pytest.mark.slow
def test_demo_asks_its_questions_and_goes_on_later(empty_workspace: Path, tmp_path: Path) -> None:
    from labeller import service

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with started(empty_workspace, elsewhere, "demo", "--no-browser") as address:
        assert address.endswith("/label?project=digits&tour=1")
        assert urllib.request.urlopen(address, timeout=PATIENCE).status == 200
        store = service.open_store(empty_workspace)
        cards = wait_for_cards(store)
        assert service.current_round(store, "digits").config.method == "pca"
        service.answer(store, "digits", cards[0].node, _label(3))
        wait_for_round(store, 2)
        assert service.current_round(store, "digits").config.method == "vae"
        assert service.labelling(store, "digits").images_before == len(cards[0].members)
    with started(empty_workspace, elsewhere, "demo", "--no-browser"):
        assert service.project(store, "digits").answers == 1
        assert len(service.projects(store)) == 1
    store.close()


def wait_for_round(store: object, number: int) -> None:
    """Waits until the training beside the first questions has opened the next round."""
    from labeller import service

    until = time.monotonic() + PATIENCE
    while service.current_round(store, "digits").number < number:
        assert all(job.state != "failed" for job in service.jobs(store))
        assert time.monotonic() < until
        time.sleep(0.2)


def wait_for_cards(store: object) -> list:
    """The questions of `digits`, once there are some."""
    from labeller import service
    from labeller.errors import StateError

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert all(job.state != "failed" for job in service.jobs(store))
        try:
            cards = service.cards(store, "digits")
        except StateError:
            cards = []
        if cards:
            return cards
        time.sleep(0.2)
    raise AssertionError("no questions came")


def _label(number: int) -> object:
    from labeller.rounds.answer import Answer

    return Answer("label", number)
