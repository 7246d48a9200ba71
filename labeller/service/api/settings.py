"""Settings as a script gives them, laid over a project's and checked before anything is kept.

This process has no torch: what methods and settings there are, a worker has written down.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from labeller import service
from labeller.config import RoundConfig
from labeller.errors import UnknownNameError, UnknownSettingError, one_line
from labeller.methods.names import parse_method, refusal
from labeller.rounds import settings as steps
from labeller.runtime.plug_in_files import VARIABLE
from labeller.service.jobs import POLL_SECONDS, catalogued
from labeller.store import Store

CATALOGUE_SECONDS = 60.0  # a worker that starts imports torch before it writes


def changed(config: RoundConfig, changes: Mapping[str, Any]) -> RoundConfig:
    """`config` with those of `changes` (dotted names) that are not None.

    Raises ValueError, in one line, for a setting that is unknown or out of range.
    """
    given = {key: _plain(value) for key, value in changes.items() if value is not None}
    try:
        return steps.changed(config, given)
    except ValidationError as error:
        raise ValueError(one_line(error)) from None


def of_steps(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """{"latent": 32, "embed.dimensions": 5} by dotted names: one without a dot is the method's."""
    given = settings or {}
    return {key if "." in key else f"method_config.{key}": given[key] for key in given}


def with_method(store: Store, config: RoundConfig, method: str | None) -> RoundConfig:
    """`config` with NAME:PRESET@KEY=VALUE, which starts from its own defaults; None: as it is.

    Raises ValueError for a method or a preset that does not exist.
    """
    if method is None:
        return config
    name, preset, settings = parse_method(method)
    presets = _entry(store, name)["presets"]
    if preset and preset not in presets:
        raise UnknownNameError(f"preset of {name}", preset, presets or ["none"])
    own = {**presets.get(preset, {}), **dict(settings)}
    return config.model_copy(update={"method": name, "method_config": own})


def check_method(store: Store, config: RoundConfig) -> None:
    """Raises ValueError for a method that is unknown, or a value that it would refuse."""
    fields = _entry(store, config.method)["schema"].get("properties", {})
    for name, value in config.method_config.items():
        if name not in fields:
            raise UnknownSettingError(config.method, name, fields)
        if rule := refusal(fields[name], value):
            raise ValueError(f"{name} of {config.method} must be {rule}, got {value}")


def _entry(store: Store, method: str) -> dict[str, Any]:
    """What is known of a method; waits for a worker that starts, if it may be one that knows it."""
    until = time.monotonic() + CATALOGUE_SECONDS
    while True:
        known = service.comparable(store) or {}
        if method in known:
            entry: dict[str, Any] = known[method]
            return entry
        if catalogued(store) or time.monotonic() > until:
            break
        service.ensure_worker(store)
        time.sleep(POLL_SECONDS)
    hint = "" if catalogued(store) else f" (the running worker started before ${VARIABLE}: end it)"
    names = [name for name, entry in known.items() if not entry["needs_labels"]]
    raise UnknownNameError("method", method, names, hint)


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's own, and paths whole: the worker runs in another folder."""
    if isinstance(value, Path):
        return str(value.expanduser().absolute())
    return value.tolist() if hasattr(value, "tolist") else value
