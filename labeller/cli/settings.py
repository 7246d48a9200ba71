"""Methods and settings as a command line names them, resolved and checked before the work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeller.cli.frame import usage
from labeller.errors import LabellerError
from labeller.methods.names import changes_of, parse_method, parse_value

if TYPE_CHECKING:
    from labeller.config import RoundConfig
    from labeller.store import Store

LOSS_WEIGHTS = "loss_weights"


def parse_pairs(pairs: Sequence[str]) -> dict[str, Any]:
    """`key=value` texts as a dict; values are JSON where they parse as such, else texts."""
    parsed: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise usage(f"--set must be KEY=VALUE, got {pair}")
        parsed[key.strip()] = parse_value(text.strip())
    return parsed


def step_settings(pairs: Sequence[str] | None) -> dict[str, Any]:
    """`key=value` texts as changes of a RoundConfig: a key without a dot is the method's."""
    from labeller.rounds.settings import of_steps

    return of_steps(parse_pairs(pairs or []))


def chosen(store: Store, text: str) -> dict[str, Any]:
    """`method` and `method_config` of NAME:PRESET@KEY=VALUE: that preset's settings, or none.

    A method that only the worker of `store` knows is looked up in what it wrote. Raises ValueError
    for a method or a preset that does not exist.
    """
    from labeller import service
    from labeller.methods import registry

    name = parse_method(text)[0]
    elsewhere = (service.comparable(store) or {}).get(name)
    if name in registry.everything() or elsewhere is None:
        return registry.changes(text)
    return changes_of(text, lambda _: elsewhere["presets"])


def check(store: Store, config: RoundConfig) -> None:
    """Raises ValueError or StateError unless the method can be trained with these settings.

    Where no worker lives, what the last one wrote is renewed when it lacks the method: a file of
    methods may have come since.
    """
    from labeller import service
    from labeller.jobs import queue
    from labeller.jobs.catalogue import check_method, write_catalogue
    from labeller.methods import registry

    catalogue = service.comparable(store)
    there = catalogue is not None and config.method in catalogue
    if there and config.method not in registry.everything():
        return  # the service knows the names of its settings
    check_method(config)
    if catalogue is not None and not there:
        if queue.any_worker(store.folder):
            raise LabellerError(
                f"the running worker does not know {config.method}: end it, and start another one "
                "where $LABELLER_PLUGINS names the method's file"
            )
        write_catalogue(store)


def split_methods(texts: Sequence[str], names: Collection[str]) -> tuple[str, ...]:
    """`vae,ae:deep` as its methods, of every text that was given.

    A comma inside the settings of a method ends it only where the name of a method follows:
    `pl-ae@augmentations=rotation,noise,vae` is two methods.
    """
    every: list[str] = []
    for text in texts:
        parts = text.split(",")
        methods = parts[:1]
        for part in parts[1:]:
            if "@" in methods[-1] and part.strip() and _name(part) not in names:
                methods[-1] += f",{part}"
            else:
                methods.append(part)
        every += [method.strip() for method in methods if method.strip()]
    return tuple(every)


def file_or_word(text: str | None) -> str | None:
    """A file by its whole path, since the worker runs elsewhere; any other text as it is."""
    file = Path(text).expanduser() if text else None
    return str(file.absolute()) if file and file.is_file() else text


def _name(text: str) -> str:
    return text.partition("@")[0].partition(":")[0].strip()
