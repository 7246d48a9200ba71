"""The database is lost, damaged or older than it was: it is said, and all answers come back."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from labeller import service
from labeller.experiments.faults.case import Case, Outcome
from labeller.experiments.faults.prepared import PROJECT, copied, facts, opened
from labeller.records import Answer

NEW = 5  # answers since the last backup
Fault = Callable[[Path], None]


def cases() -> list[Case]:
    """Every fault, with the newest answers in the journal alone, and in a new backup too."""
    return [
        Case("database", name + ", backed up just before" * fresh, partial(_suffer, fault, fresh))
        for fresh in (False, True)
        for name, fault in FAULTS.items()
    ]


def _suffer(fault: Fault, fresh: bool, folder: Path) -> Outcome:
    workspace = copied(folder)
    with opened(workspace) as store:
        store.back_up()
        shutil.copy(store.database, folder / "older.db")
        for place, card in enumerate(service.cards(store, PROJECT)[:NEW]):
            service.answer(store, PROJECT, card.node, Answer("label", place, 0.5))
        if fresh:
            store.back_up()
        expected, answers = facts(store), service.answers(store, PROJECT)
    fault(workspace)
    works, printed = _projects(workspace)
    wrong = 0
    if not works:
        wrong += "labeller recover" not in printed or printed.count("\n") > 1
        service.recover(workspace)
    with opened(workspace) as store:
        found = service.answers(store, PROJECT)
        lost = len({one.number for one in answers} - {one.number for one in found})
        wrong += int(found != answers) + int(facts(store) != expected)
        stuck = sum(job.state not in ("done", "interrupted") for job in service.jobs(store))
    return Outcome(lost, stuck, wrong, printed.count("Traceback"), note=printed.strip())


def _projects(workspace: Path) -> tuple[bool, str]:
    """What somebody sees who looks at the workspace: whether it worked, and what was printed."""
    command = [sys.executable, "-m", "labeller.cli", "projects", "--workspace", str(workspace)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


def _gone(workspace: Path) -> None:
    for path in workspace.glob("labeller.db*"):
        path.unlink()


def _emptied(workspace: Path) -> None:
    (workspace / "labeller.db").write_bytes(b"")


def _cut(share: float, workspace: Path) -> None:
    path = workspace / "labeller.db"
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def _noise(workspace: Path) -> None:
    path = workspace / "labeller.db"
    path.write_bytes(bytes(range(256)) * (path.stat().st_size // 256))


def _header(workspace: Path) -> None:
    with (workspace / "labeller.db").open("r+b") as stream:
        stream.write(b"\0" * 100)


def _older(workspace: Path) -> None:
    _gone(workspace)
    shutil.copy(workspace.parent / "older.db", workspace / "labeller.db")


def _folder(workspace: Path) -> None:
    _gone(workspace)
    (workspace / "labeller.db").mkdir()


def _with(first: Fault, second: Fault, workspace: Path) -> None:
    first(workspace)
    second(workspace)


def _newest_backup(workspace: Path) -> None:
    path = service.backups(workspace)[0].path
    path.write_bytes(path.read_bytes()[:5000])


def _torn_journal(workspace: Path) -> None:
    newest = max((workspace / "journal").iterdir(), key=lambda path: int(path.stem))
    with newest.open("ab") as stream:
        stream.write(b'\n0123456789 {"change": 9')


def _no_journal(workspace: Path) -> None:
    shutil.rmtree(workspace / "journal")


def _no_backups(workspace: Path) -> None:
    shutil.rmtree(workspace / "backups")


FAULTS: dict[str, Fault] = {
    "gone": _gone,
    "emptied": _emptied,
    "cut to half": partial(_cut, 0.5),
    "cut at the end": partial(_cut, 0.9),
    "noise": _noise,
    "header lost": _header,
    "an older copy in its place": _older,
    "a folder in its place": _folder,
    "gone, newest backup damaged": partial(_with, _gone, _newest_backup),
    "gone, journal torn": partial(_with, _gone, _torn_journal),
    "an older copy, journal torn": partial(_with, _older, _torn_journal),
    "journal gone": _no_journal,
    "journal torn": _torn_journal,
    "backups gone": _no_backups,
    "newest backup damaged": _newest_backup,
}
