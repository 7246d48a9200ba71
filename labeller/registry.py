"""The one mechanism by which a file adds a thing: a method, a space, a clusterer, a format, ...

Things of one kind stand in a `Room`. Every module of the room's package, every entry point of the
group `labeller.<room>` and every file that $LABELLER_PLUGINS names (separated like $PATH) is
imported when a name is first asked for, and `@register` of the room does the rest. Forms, commands,
the catalogue, contract tests and docs read the rooms: no list of names stands anywhere else.
"""

import importlib
import importlib.util
import inspect
import logging
import pkgutil
import re
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

from labeller.errors import NotFoundError, UnknownNameError
from labeller.runtime.plug_in_files import (
    VARIABLE,
    NeedsTorchError,
    plugin_files,
    without_torch,
)

NAME_RULE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
log = logging.getLogger(__name__)
Thing = TypeVar("Thing", bound=type[Any])


class Room(Generic[Thing]):
    """All things of one kind, by name: classes with a `name`, a `title` and a pydantic `Config`.

    name: of the room, and of its entry points' group; package: whose modules are searched; noun:
    what a thing is called in errors; base: what each must be a subclass of; check: raises
    ValueError for a thing that is not whole; taken: settings that stand beside each thing's own, so
    that none of its own may be called so; torch: its modules load torch.
    """

    def __init__(
        self,
        name: str,
        package: str,
        *,
        noun: str,
        base: type,
        check: Callable[[Any], None] | None = None,
        taken: Collection[str] = (),
        torch: bool = False,
    ) -> None:
        self.name, self.package, self.noun, self.base = name, package, noun, base
        self.taken, self.torch, self._check = taken, torch, check
        self._things: dict[str, Thing] = {}
        self._added: dict[str, Path] = {}  # by which plug-in file
        self._searched = False
        self._entries: list[EntryPoint] = []  # not loaded yet
        _rooms.append(self)

    def register(self, cls: Thing) -> Thing:
        """Class decorator that makes a thing known by its `name`.

        Raises ValueError for a name that exists, and for a class that is not whole.
        """
        self._refuse_incomplete(cls)
        ours = cls.__module__.startswith(f"{self.package}.")
        if not ours:
            self._search()  # ours first, so that a clash is reported against the newcomer
        known = self._things.get(cls.name)
        if known is not None:
            raise ValueError(
                f"{_article(self.noun)}'s name must be new, got {cls.name} twice: "
                f"{known.__module__}.{known.__name__} and {cls.__module__}.{cls.__name__}"
            )
        if missing := sorted(getattr(cls, "__abstractmethods__", ())):
            noun = _article(self.noun)
            raise ValueError(f"{noun} must define {missing[0]}, got none in {cls.__name__}")
        self._things[cls.name] = cls
        if not ours and _importing and (file := _importing[-1]):
            self._added[cls.name] = file
        return cls

    def get(self, name: str) -> Thing:
        """The thing called `name`; raises UnknownNameError (a ValueError) that lists the names."""
        self._discover()
        if name not in self._things:
            raise UnknownNameError(self.noun, name, sorted(self._things), unloaded_hint())
        return self._things[name]

    def make(self, name: str, given: Mapping[str, Any]) -> Any:
        """The thing called `name` with those of the settings `given` that it has.

        Others are left alone: they may belong to a thing that was chosen before. Raises ValueError
        for an unknown name, and for a value that the thing refuses.
        """
        cls = self.get(name)
        own = {key: value for key, value in given.items() if key in cls.Config.model_fields}
        return cls(cls.Config.model_validate(own))

    def things(self) -> dict[str, Thing]:
        """All things by name, sorted."""
        self._discover()
        return dict(sorted(self._things.items()))

    def names(self) -> list[str]:
        """All names, sorted."""
        return [*self.things()]

    def catalogue(self) -> dict[str, dict[str, Any]]:
        """JSON-able facts of each thing: title, doc, and the JSON schema of its settings."""
        return {
            name: {
                "title": cls.title,
                "doc": inspect.cleandoc(cls.__doc__ or ""),
                "schema": cls.Config.model_json_schema(),
            }
            for name, cls in self.things().items()
        }

    def _discover(self) -> None:
        with _lock:
            torch = self.torch or "torch" in sys.modules
            self._search()
            self._load_entries(torch)
            _load_plugins(torch)

    def _search(self) -> None:
        """Imports the room's own modules, once, and looks for entry points of its group."""
        with _lock, _importing_of(None):
            if self._searched:
                return
            self._searched = True  # before the imports: those call `register`
            package = importlib.import_module(self.package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self.package}.{module.name}")
            self._entries = list(entry_points(group=f"labeller.{self.name}"))

    def _load_entries(self, torch: bool) -> None:
        """Loads the entry points that are not; those that need torch only with it."""
        for entry in [one for one in self._entries if torch or one.value not in _refused]:
            self._entries.remove(entry)  # first: it may ask for names itself
            try:
                with _importing_of(None), without_torch(allowed=torch):
                    entry.load()
                _refused.pop(entry.value, None)
            except NeedsTorchError:
                _refused[entry.value] = "torch"
                self._entries.append(entry)
            except Exception as error:  # someone else's package must not stop ours
                _say(f"the {self.noun} {entry.name} of {entry.value} cannot be imported", error)

    def _refuse_incomplete(self, cls: Any) -> None:
        noun = _article(self.noun)
        if not (isinstance(cls, type) and issubclass(cls, self.base)):
            whole = f"{self.base.__module__}.{self.base.__name__}"
            raise ValueError(f"{noun} must be a subclass of {whole}, got {cls}")
        for field in ("name", "title"):
            if not isinstance(getattr(cls, field, None), str):
                raise ValueError(
                    f"{noun} must have a {field} (a string), got none in {cls.__name__}"
                )
        name, config = getattr(cls, "name", ""), getattr(cls, "Config", None)
        if not NAME_RULE.fullmatch(name):
            raise ValueError(
                f"{noun}'s name must be small letters, digits, dots and dashes, got {name!r}"
            )
        if not hasattr(config, "model_json_schema"):
            raise ValueError(f"Config must be a subclass of Settings, got {config}")
        for field in set(self.taken) & set(getattr(config, "model_fields", ())):
            raise ValueError(
                f"a setting of {name} must not be called {field}: every {self.noun} has one"
            )
        if self._check is not None:
            self._check(cls)


# Pages run in threads: one that asks while another looks waits for the whole room. What is ours is
# registered without it, since its module may be loaded by a thread that only imports it.
_lock = threading.RLock()
_rooms: list[Room[Any]] = []
_loaded: dict[Path, ModuleType] = {}
_importing: list[Path | None] = []  # whose things are found; None: no plug-in file's
_read_at: dict[Path, int] = {}
# Files and entry points that load torch, in a process without it; and broken files.
_refused: dict[Path | str, str] = {}


def loaded_files() -> list[Path]:
    """The users' files loaded so far, so that another process can load them too."""
    return list(_loaded)


def load_file(path: str | Path) -> dict[str, list[str]]:
    """Imports a user's Python file; returns the names that it registered, by room.

    Loading the same file again returns the same names. Raises NotFoundError without the file,
    ValueError where it registers nothing or a name that exists.
    """
    file = Path(path).expanduser().resolve()
    if not file.is_file():
        raise NotFoundError(f"there is no plug-in file {path}: give the path of a .py file")
    with _lock:
        if file not in _loaded:
            _loaded[file] = _import_file(file)
    found = {room.name: sorted(n for n, by in room._added.items() if by == file) for room in _rooms}
    found = {name: names for name, names in found.items() if names}
    if not found:
        del _loaded[file]
        raise ValueError(f"a plug-in file must @register something, got nothing in {path}")
    return found


def unloaded_hint() -> str:
    """What an unknown name may be: a thing of a file that this process cannot load."""
    files = [str(file) for file, why in _refused.items() if why == "torch"]
    if not files:
        return ""
    return (
        f" ({', '.join(files)} loads torch and so is known to methods alone: import torch inside "
        "the functions that need it)"
    )


def plugins_edited() -> bool:
    """Whether a plug-in file is another than when this process read it: it may be loaded once."""
    return any(
        not file.exists() or file.stat().st_mtime_ns != moment for file, moment in _read_at.items()
    )


def _load_plugins(torch: bool) -> None:
    """Loads the files of $LABELLER_PLUGINS that are not; those that need torch only with it."""
    for name in plugin_files():
        file = Path(name).resolve()
        # One that is being loaded asks for names itself: not a second time from within.
        known = file in _loaded or file in _importing or _refused.get(file) == "broken"
        if known or (file in _refused and not torch):
            continue
        try:
            with without_torch(allowed=torch):
                load_file(file)
            _refused.pop(file, None)
        except NeedsTorchError:
            _refused[file] = "torch"
        except Exception as error:  # a file that is broken must not stop the others
            _refused[file] = "broken"
            _say(f"the plug-in file {name} of ${VARIABLE} cannot be loaded", error)


def _import_file(file: Path) -> ModuleType:
    name = f"labeller_plugins.{file.stem}_{sha256(str(file).encode()).hexdigest()[:8]}"
    _read_at[file] = file.stat().st_mtime_ns
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ValueError(f"a plug-in file must be Python source (.py), got {file}")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[name] = loaded
    try:
        with _importing_of(file):
            spec.loader.exec_module(loaded)
    except BaseException:
        del sys.modules[name]
        for room in _rooms:  # half a file adds nothing
            for thing in [thing for thing, by in room._added.items() if by == file]:
                del room._things[thing], room._added[thing]
        raise
    return loaded


@contextmanager
def _importing_of(file: Path | None) -> Iterator[None]:
    """What is registered meanwhile is of that plug-in file; None: of no file, as ours are."""
    _importing.append(file)
    try:
        yield
    finally:
        _importing.pop()


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _say(what: str, error: Exception) -> None:
    """One line, with the place in the code where it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [one for one in frames if one.filename != __file__ and "importlib" not in one.filename]
    place = f", {own[-1].filename}, line {own[-1].lineno}" if own else ""
    log.error("%s (%s: %s%s)", what, type(error).__name__, error, place)
