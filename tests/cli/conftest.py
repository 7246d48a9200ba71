"""Commands in this process, and workspaces for them."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from labeller.cli import frame, main
from tests.support import stop_workers, write_digit_folder


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `labeller ARGUMENTS` in this process."""
    monkeypatch.setenv("COLUMNS", "160")
    for console in (frame.out, frame.err):  # one that stands already has read the variable
        monkeypatch.setattr(console, "width", 160)

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        code = ended.value.code
        return Ended(0 if code is None else int(code), captured.out, captured.err)

    return run


@pytest.fixture
def asking_workspace(trained_workspace: Path, tmp_path: Path) -> Iterator[Path]:
    """A workspace of the test's own, whose project `digits` has ten open questions."""
    folder = tmp_path / "workspace"
    shutil.copytree(trained_workspace, folder)
    yield folder
    stop_workers(folder)


@pytest.fixture
def labeller(command: Command, asking_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs commands on `asking_workspace`."""
    monkeypatch.setenv("LABELLER_WORKSPACE", str(asking_workspace))
    return command


@pytest.fixture
def empty_workspace(tmp_path: Path) -> Iterator[Path]:
    """A workspace without projects; workers that the test starts for it end with the test."""
    folder = tmp_path / "workspace"
    yield folder
    stop_workers(folder)


@pytest.fixture
def digit_folder(tmp_path: Path) -> Path:
    """A folder of the person's own images, with train/ and test/ and three classes."""
    return write_digit_folder(tmp_path / "pictures")
