"""The one mechanism by which a file adds a thing: a method, a space, a clusterer, a format, ...

Things of one kind stand in a `Room`. Every module of the room's package, every entry point of the
group `labeller.<room>` and every file that $LABELLER_PLUGINS names (separated like $PATH) is
imported when a name is first asked for, and `@register` of the room does the rest. Forms, commands,
the catalogue, contract tests and docs read the rooms: no list of names stands anywhere else.
"""

import importlib
import inspect
import logging
import pkgutil
import re
import sys
import threading
import traceback
from abc import ABC
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from labeller.config import Choice, Settings
from labeller.errors import NotFoundError, UnknownNameError
from labeller.runtime.plug_in_files import (
    VARIABLE,
    NeedsTorchError,
    import_file,
    plugin_files,
    without_torch,
)

NAME_RULE = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
log = logging.getLogger(__name__)
T = TypeVar("T", bound=Any)
Class = TypeVar("Class", bound=type[Any])


class Thing(ABC):
    """What stands in a room: a subclass has a `name`, a `title` and perhaps settings of its own.

    Libraries that are slow to load are imported inside its functions: the web server asks too.
    """

    name: ClassVar[str]
    title: ClassVar[str]

    class Config(Settings):
        """Settings of its own; each field has a description and bounds."""

    def __init__(self, config: Any) -> None:
        """`config` is a record of the class's `Config`; nothing is loaded yet."""
        self.config = config


class Room(Generic[T]):
    """All things of one kind, by name: classes with a `name`, a `title` and a pydantic `Config`.

    package: whose modules are searched; the room, and its entry points' group, have its last name;
    noun: what a thing is called in errors; base: what each must be a subclass of; check: raises
    ValueError for a thing that is not whole; choice: the settings of a round that choose one by
    its name, in `setting`, and of which a thing's own must not bear the names; torch: its modules
    load torch.
    """

    def __init__(
        self,
        package: str,
        *,
        noun: str,
        base: type,
        check: Callable[[Any], None] | None = None,
        choice: type[Choice] | None = None,
        setting: str = "",
        torch: bool = False,
    ) -> None:
        self.package, self.noun, self.base = package, noun, base
        self.name = package.rpartition(".")[2]
        self._a = f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
        self.setting, self.torch, self._check = setting, torch, check
        self.taken = frozenset(choice.model_fields if choice else ())
        self._things: dict[str, type[T]] = {}
        self._added: dict[str, Path] = {}  # by which plug-in file
        self._searched = False
        self._entries: list[EntryPoint] = []  # not loaded yet
        _rooms.append(self)

    def register(self, cls: Class) -> Class:
        """Class decorator that makes a thing known by its `name`.

        Raises ValueError for a name that exists, and for a class that is not whole.
        """
        self._refuse_incomplete(cls)
        ours = cls.__module__.startswith(f"{self.package}.")
        if not ours:
            self._search()  # ours first, so that a clash is reported against the newcomer
        if twin := self._things.get(cls.name):
            raise ValueError(
                f"{self._a}'s name must be new, got {cls.name} twice: "
                f"{twin.__module__}.{twin.__name__} and {cls.__module__}.{cls.__name__}"
            )
        if missing := sorted(getattr(cls, "__abstractmethods__", ())):
            raise ValueError(f"{self._a} must define {missing[0]}, got none in {cls.__name__}")
        self._things[cls.name] = cls
        if not ours and _importing and (file := _importing[-1]):
            self._added[cls.name] = file
        return cls

    def get(self, name: str) -> type[T]:
        """The thing called `name`; raises UnknownNameError (a ValueError) that lists the names."""
        self._discover()
        if name not in self._things:
            raise UnknownNameError(self.noun, name, sorted(self._things), unloaded_hint())
        return self._things[name]

    def make(self, name: str, settings: Mapping[str, Any]) -> T:
        """The thing called `name` with those settings that it has; others may be another thing's.

        Raises ValueError for an unknown name, and for a value that the thing refuses.
        """
        cls = self.get(name)
        own = {key: value for key, value in settings.items() if key in cls.Config.model_fields}
        thing: T = cls(cls.Config.model_validate(own))
        return thing

    def chosen(self, config: Choice) -> T:
        """The thing that the settings choose; raises ValueError for a wrong name or value."""
        return self.make(getattr(config, self.setting), config.own)

    def things(self) -> dict[str, type[T]]:
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
        entries, self._entries = self._entries, []  # first: one may ask for names itself
        for entry in entries:
            if torch or entry.value not in _refused:
                what = f"the {self.noun} {entry.name} of {entry.value} cannot be imported"
                _attempt(entry.value, entry.load, torch, what)
            if _refused.get(entry.value) == "torch":
                self._entries.append(entry)

    def _refuse_incomplete(self, cls: Any) -> None:
        noun = self._a
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
_loaded: dict[Path, None] = {}  # in this order
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
            _read_at[file] = file.stat().st_mtime_ns
            try:
                with _importing_of(file):
                    import_file(file)
            except BaseException:
                for room in _rooms:  # half a file adds nothing
                    for thing in [thing for thing, by in room._added.items() if by == file]:
                        del room._things[thing], room._added[thing]
                raise
            _loaded[file] = None
    added = {room.name: sorted(n for n, by in room._added.items() if by == file) for room in _rooms}
    if not any(added.values()):
        del _loaded[file]
        raise ValueError(f"a plug-in file must @register something, got nothing in {path}")
    return {room: names for room, names in added.items() if names}


def unloaded_hint() -> str:
    """What an unknown name may be: a thing of a file that this process cannot load."""
    files = ", ".join(str(file) for file, why in _refused.items() if why == "torch")
    return files and (
        f" ({files} loads torch and so is known to methods alone: import torch inside "
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
        tried = file in _loaded or file in _importing or _refused.get(file) == "broken"
        if tried or (file in _refused and not torch):
            continue
        what = f"the plug-in file {name} of ${VARIABLE} cannot be loaded"
        _attempt(file, partial(load_file, file), torch, what)


def _attempt(key: Path | str, load: Callable[[], Any], torch: bool, what: str) -> None:
    """Loads what others wrote; what is broken is one line, and must not stop the rest."""
    try:
        with _importing_of(None), without_torch(allowed=torch):
            load()
        _refused.pop(key, None)
    except NeedsTorchError:
        _refused[key] = "torch"
    except Exception as error:
        _refused[key] = "broken"
        frames = traceback.extract_tb(error.__traceback__)
        theirs = [at for at in frames if at.filename != __file__ and "importlib" not in at.filename]
        place = f", {theirs[-1].filename}, line {theirs[-1].lineno}" if theirs else ""
        log.error("%s (%s: %s%s)", what, type(error).__name__, error, place)


@contextmanager
def _importing_of(file: Path | None) -> Iterator[None]:
    """What is registered meanwhile is of that plug-in file; None: of none, as ours are."""
    _importing.append(file)
    try:
        yield
    finally:
        _importing.pop()
