"""Methods by name: those of this folder, of installed packages and of a user's files.

A method is found without being listed anywhere: every module of `labeller.methods`, every entry
point of the group `labeller.methods` and every file named in $LABELLER_METHODS (separated like
$PATH) is imported when a name is first asked for, and `@register` does the rest.
"""

import importlib
import importlib.util
import inspect
import logging
import pkgutil
import sys
import traceback
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar

import torch

import labeller.methods
from labeller.config import Settings
from labeller.errors import NotFoundError
from labeller.methods.base import ImageShape, Method
from labeller.methods.names import VARIABLE, method_files, parse_method
from labeller.runtime import stream_seed

GROUP = "labeller.methods"

log = logging.getLogger(__name__)
_methods: dict[str, type[Method]] = {}
_files: list[Path] = []
MethodClass = TypeVar("MethodClass", bound=type[Method])


def register(cls: MethodClass) -> MethodClass:
    """Class decorator that makes a method known by its `name`; a second one raises ValueError."""
    _check(cls)
    known = _methods.get(cls.name)
    if known is not None:
        raise ValueError(
            f"a method's name must be new, got {cls.name} twice: "
            f"{known.__module__}.{known.__name__} and {cls.__module__}.{cls.__name__}"
        )
    _methods[cls.name] = cls
    return cls


def names() -> list[str]:
    """All names that an unsupervised training can choose from, sorted."""
    _discover()
    return sorted(name for name, cls in _methods.items() if not cls.needs_labels)


def everything() -> list[str]:
    """The same, and the names of those that need labels, sorted."""
    _discover()
    return sorted(_methods)


def get(name: str) -> type[Method]:
    """The class called `name`; raises ValueError that lists the names."""
    _discover()
    if name not in _methods:
        raise ValueError(f"method must be one of {', '.join(names())}, got {name}")
    return _methods[name]


def chosen(text: str) -> tuple[str, dict[str, Any]]:
    """`vae:deep@beta=0.5` as the name and the fields that differ from the defaults.

    Raises ValueError for a method or a preset that does not exist.
    """
    name, preset, settings = parse_method(text)
    presets = get(name).presets
    if preset and preset not in presets:
        known = ", ".join(presets) or "none"
        raise ValueError(f"preset of {name} must be one of {known}, got {preset}")
    return name, {**presets.get(preset, {}), **dict(settings)}


def changes(text: str) -> dict[str, Any]:
    """The same as settings of a round: `method` and `method_config`."""
    name, config = chosen(text)
    return {"method": name, "method_config": config}


def build(
    name: str, config: dict[str, Any], shape: ImageShape, classes: int, *, seed: int = 0
) -> Method:
    """A method with fresh weights that depend only on the arguments.

    `config` holds the fields that differ from the defaults; a wrong one raises ValueError.
    """
    cls = get(name)
    settings = cls.Config.model_validate(config)
    with torch.random.fork_rng(devices=[]):  # the caller's random numbers stay as they were
        torch.manual_seed(stream_seed(seed, f"weights/{name}"))
        method = cls(settings, shape, classes)
    return method.to(memory_format=torch.channels_last) if cls.channels_last else method


def size_field(name: str) -> str | None:
    """The setting that is the size of the method's latent; None where other settings decide it."""
    cls = get(name)
    return cls.size_field if cls.size_field in cls.Config.model_fields else None


def catalogue() -> dict[str, dict[str, Any]]:
    """JSON-able facts of every method, for forms in a process that has no torch.

    {name: {title, doc, schema (JSON schema of Config), presets, defaults, can_decode (with the
    defaults), decoding (the presets that can), needs_labels, size_field}}
    """
    return {name: _entry(get(name)) for name in names()}


def references() -> dict[str, dict[str, Any]]:
    """The same facts of the methods that need labels: marks to compare the others with."""
    _discover()
    return {name: _entry(cls) for name, cls in sorted(_methods.items()) if cls.needs_labels}


def loaded_files() -> list[Path]:
    """The users' files loaded so far, so that another process can load them too."""
    return list(_files)


def load_file(path: str | Path) -> list[str]:
    """Import a user's Python file and return the names that it registered.

    Loading the same file again returns the same names. Raises NotFoundError without the file,
    ValueError where it registers nothing or a name that exists.
    """
    file = Path(path).expanduser().resolve()
    if not file.is_file():
        raise NotFoundError(f"there is no method file {path}: give the path of a .py file")
    module = f"labeller_user_methods.{file.stem}_{stream_seed(0, str(file)):08x}"
    if module not in sys.modules:
        _discover_packages()  # first, so that a clash is reported against the user's file
        _import_file(module, file)
        _files.append(file)
    found = sorted(name for name, cls in _methods.items() if cls.__module__ == module)
    if not found:
        raise ValueError(f"a method file must use @register on a Method, got none in {path}")
    return found


def _import_file(module: str, file: Path) -> None:
    spec = importlib.util.spec_from_file_location(module, file)
    if spec is None or spec.loader is None:
        raise ValueError(f"a method file must be Python source (.py), got {file}")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[module] = loaded
    before = set(_methods)
    try:
        spec.loader.exec_module(loaded)
    except BaseException:
        del sys.modules[module]
        for name in set(_methods) - before:  # half a file is no method
            del _methods[name]
        raise


def _check(cls: type) -> None:
    if not (inspect.isclass(cls) and issubclass(cls, Method)):
        raise ValueError(f"a method must be a subclass of labeller.methods.base.Method, got {cls}")
    for field in ("name", "title"):
        if not isinstance(getattr(cls, field, None), str):
            raise ValueError(f"a method must have a {field} (a string), got none in {cls.__name__}")
    if not issubclass(cls.Config, Settings):
        raise ValueError(f"Config must be a subclass of Settings, got {cls.Config}")
    for preset, changes in cls.presets.items():
        try:
            cls.Config.model_validate(changes)
        except ValueError as error:
            raise ValueError(
                f"preset {preset} of {cls.name} does not fit Config: {error}"
            ) from error


def _entry(cls: type[Method]) -> dict[str, Any]:
    return {
        "title": cls.title,
        "doc": inspect.cleandoc(cls.__doc__ or ""),
        "schema": cls.Config.model_json_schema(),
        "presets": cls.presets,
        "defaults": cls.Config().model_dump(mode="json"),
        "can_decode": cls.decodes(cls.Config()),
        "decoding": [
            preset
            for preset, changes in cls.presets.items()
            if cls.decodes(cls.Config.model_validate(changes))
        ],
        "needs_labels": cls.needs_labels,
        "size_field": size_field(cls.name),
    }


@cache
def _discover() -> None:
    _discover_packages()
    for file in method_files():
        try:
            load_file(file)
        except Exception as error:  # a file that is broken must not stop the others
            _say(f"the method file {file} of ${VARIABLE} cannot be loaded", error)


@cache
def _discover_packages() -> None:
    for module in pkgutil.iter_modules(labeller.methods.__path__):
        importlib.import_module(f"{labeller.methods.__name__}.{module.name}")
    for entry in entry_points(group=GROUP):
        try:
            entry.load()
        except Exception as error:  # someone else's package must not stop ours
            _say(f"the method {entry.name} of {entry.value} cannot be imported", error)


def _say(what: str, error: Exception) -> None:
    """One line, with the place in the code where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if one.filename != __file__ and "importlib" not in one.filename]
    place = f", {own[-1].filename}, line {own[-1].lineno}" if own else ""
    log.error("%s (%s: %s%s)", what, type(error).__name__, error, place)
