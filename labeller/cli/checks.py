"""What `labeller doctor` looks at; every check says what it found and what to do about it."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labeller.errors import LabellerError

LITTLE_DISK = 2 * 2**30
LITTLE_MEMORY = 2 * 2**30
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True)
class Check:
    """One finding: `broken` means that labeller cannot work like this."""

    name: str
    state: Literal["ok", "note", "broken"]
    text: str


def examine(workspace: Path, data_dir: Path | None) -> list[Check]:
    """All checks, in reading order; none of them raises."""
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("python", _python),
        ("packages", _packages),
        ("device", _device),
        ("memory", _memory),
        ("app", _app),
        ("workspace", lambda: _workspace(workspace)),
        ("projects", lambda: _projects(workspace)),
        ("disk", lambda: _disk(workspace)),
        ("data sets", lambda: _data_sets(data_dir)),
        ("browser", _browser),
    ]
    return [_safely(name, check) for name, check in checks]


def _safely(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except (LabellerError, ValueError, OSError, ImportError) as error:
        return Check(name, "broken", " ".join(str(error).split()))


def _python() -> Check:
    return Check("python", "ok", f"{sys.version.split()[0]} at {sys.executable}")


def _packages() -> Check:
    from labeller.runtime import versions

    found = versions()
    return Check("packages", "ok", ", ".join(f"{name} {found[name]}" for name in found))


def _device() -> Check:
    import torch

    from labeller.runtime import device_name, resolve_device, resolve_precision

    device = resolve_device("auto")
    # One product on it: a driver that torch was not built for fails here, not in a job.
    torch.ones(2, 2, device=device).matmul(torch.ones(2, 2, device=device)).sum().item()
    precision = resolve_precision(device, "auto")
    text = f"{device} ({device_name(device)}), precision {precision}"
    if device.type != "cpu":
        return Check("device", "ok", text)
    return Check("device", "ok", f"{text}; no GPU found")


def _memory() -> Check:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return Check("memory", "note", "unknown on this system")
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    text = f"{memory / 2**30:.1f} GB"
    if memory < LITTLE_MEMORY:
        return Check("memory", "note", f"{text}: training may not fit, use small images")
    return Check("memory", "ok", text)


def _app() -> Check:
    from labeller.cli.launch import find_app

    return Check("app", "ok", str(find_app()))


def _workspace(folder: Path) -> Check:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"labeller")
    except OSError as error:
        fix = "give another folder with --workspace or LABELLER_WORKSPACE"
        return Check("workspace", "broken", f"{folder} cannot be written ({error.strerror}): {fix}")
    return Check("workspace", "ok", f"{folder} is writable")


def _projects(folder: Path) -> Check:
    from labeller import service

    names = [project.name for project in service.projects(service.open_store(folder))]
    if not names:
        return Check("projects", "ok", "none yet: start with `labeller demo`")
    return Check("projects", "ok", f"{len(names)}: {', '.join(names)}")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**30:.1f} GB free"
    if free < LITTLE_DISK:
        return Check("disk", "note", f"{text}: large data sets will not fit")
    return Check("disk", "ok", text)


def _data_sets(data_dir: Path | None) -> Check:
    from labeller.config.paths import data_folder
    from labeller.data.sources import registry

    folder = data_folder(data_dir)
    found = [name for name, source in registry.named().items() if source.present(folder)]
    others = f"the others are downloaded into {folder} when asked for"
    return Check("data sets", "ok", f"here: {', '.join(found)}; {others}")


def _browser() -> Check:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found:
        return Check("browser", "ok", f"{found} (for the tests marked browser)")
    text = "no Chromium: any browser shows the app, but the tests marked browser are skipped"
    return Check("browser", "note", text)
