"""Which files of users are plug-ins, and how they are loaded where torch must not be."""

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

VARIABLE = "LABELLER_PLUGINS"
# Heavy to load: a process that has not loaded torch (the web server) never does so for a plug-in.
HEAVY = ("torch", "torchvision", "kornia", "timm")


def plugin_files() -> list[str]:
    """The files that $LABELLER_PLUGINS names, from the root: another process runs elsewhere."""
    files = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [str(Path(file).expanduser().absolute()) for file in files if file]


def import_file(file: Path) -> None:
    """Imports a file under a name of its own; raises ValueError for one that is no Python."""
    name = f"labeller_plugins.{file.stem}_{sha256(str(file).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ValueError(f"a plug-in file must be Python source (.py), got {file}")
    sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(sys.modules[name])
    except BaseException:
        del sys.modules[name]
        raise


class NeedsTorchError(ImportError):
    """A plug-in imports torch in a process that must not load it."""


@contextmanager
def without_torch(allowed: bool) -> Iterator[None]:
    """Inside, an import of torch, or of what brings it along, raises NeedsTorchError."""
    finder = _TorchRefused()
    sys.meta_path[:0] = [] if allowed else [finder]
    try:
        yield
    finally:
        sys.meta_path[:] = [one for one in sys.meta_path if one is not finder]


class _TorchRefused:
    """A finder that finds no torch, before all others."""

    def find_spec(self, name: str, *_: object) -> None:
        if name.partition(".")[0] in HEAVY:
            raise NeedsTorchError(f"{name} is not loaded here")
