"""What `labeller doctor` looks at; every check says what it found and what to do about it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from labeller.cli.launch import find_app
from labeller.errors import LabellerError, one_line

LITTLE_DISK = 2 * 2**30
LITTLE_MEMORY = 2 * 2**30
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


State = Literal["ok", "note", "broken"]
Finding = tuple[State, str]


@dataclass(frozen=True)
class Check:
    """One finding: `broken` means that labeller cannot work like this."""

    name: str
    state: State
    text: str


def examine(workspace: Path, data_dir: Path | None) -> list[Check]:
    """All checks, in reading order; none of them raises."""
    checks: dict[str, Callable[[], Finding]] = {
        "python": lambda: ("ok", f"{sys.version.split()[0]} at {sys.executable}"),
        "packages": _packages,
        "device": _device,
        "memory": _memory,
        "app": lambda: ("ok", str(find_app())),
        "workspace": lambda: _workspace(workspace),
        "projects": lambda: _projects(workspace),
        "backup": lambda: _backup(workspace),
        "disk": lambda: _disk(workspace),
        "data sets": lambda: _data_sets(data_dir),
        "browser": _browser,
    }
    return [Check(name, *_safely(check)) for name, check in checks.items()]


def _safely(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except (LabellerError, ValueError, OSError, ImportError) as error:
        return "broken", one_line(error)


def _packages() -> Finding:
    from labeller.runtime import versions

    return "ok", ", ".join(f"{name} {version}" for name, version in versions().items())


def _device() -> Finding:
    import torch

    from labeller.runtime import device_name, resolve_device, resolve_precision

    device = resolve_device("auto")
    # One product on it: a driver that torch was not built for fails here, not in a job.
    torch.ones(2, 2, device=device).matmul(torch.ones(2, 2, device=device)).sum().item()
    precision = resolve_precision(device, "auto")
    text = f"{device} ({device_name(device)}), precision {precision}"
    if device.type != "cpu":
        return "ok", text
    return "ok", f"{text}; no GPU found"


def _memory() -> Finding:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return "note", "unknown on this system"
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    text = f"{memory / 2**30:.1f} GB"
    if memory < LITTLE_MEMORY:
        return "note", f"{text}: training may not fit, use small images"
    return "ok", text


def _workspace(folder: Path) -> Finding:
    from labeller.store.read_only import is_read_only

    if is_read_only(folder / "labeller.db"):
        return "note", f"{folder} is read-only: look, and export"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"labeller")
    except OSError as error:
        fix = "give another folder with --workspace or LABELLER_WORKSPACE"
        return "broken", f"{folder} cannot be written ({error.strerror}): {fix}"
    return "ok", f"{folder} is writable"


def _projects(folder: Path) -> Finding:
    from labeller import service

    names = [project.name for project in service.projects(service.open_store(folder))]
    if not names:
        return "ok", "none yet: start with `labeller demo`"
    return "ok", f"{len(names)}: {', '.join(names)}"


def _backup(folder: Path) -> Finding:
    from labeller import service

    found = service.backups(folder)
    if not found:
        return "ok", "none yet: the first one is made with the first job"
    age = _in_words(datetime.now(UTC) - found[0].at)
    return "ok", f"the newest of {len(found)} is {age} old; the journal has every change since"


def _in_words(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    for unit, size in (("day", 24 * 60), ("hour", 60)):
        if minutes >= 2 * size:
            return f"{minutes // size} {unit}s"
    return f"{minutes} minute{'s' * (minutes != 1)}"


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**30:.1f} GB free"
    if free < LITTLE_DISK:
        return "note", f"{text}: large data sets will not fit"
    return "ok", text


def _data_sets(data_dir: Path | None) -> Finding:
    from labeller.config.paths import data_folder
    from labeller.data.sources import registry

    folder = data_folder(data_dir)
    present = [name for name, source in registry.named().items() if source.present(folder)]
    others = f"the others are downloaded into {folder} when asked for"
    return "ok", f"here: {', '.join(present)}; {others}"


def _browser() -> Finding:
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser:
        return "ok", f"{browser} (for the tests marked browser)"
    text = "no Chromium: any browser shows the app, but the tests marked browser are skipped"
    return "note", text
