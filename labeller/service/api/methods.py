"""Methods as a script names them, checked before anything is kept.

This process has no torch: what methods and settings there are, a worker has written down.
"""

import time
from typing import Any

from labeller import service
from labeller.config import RoundConfig
from labeller.errors import UnknownNameError, UnknownSettingError
from labeller.methods.names import changes_of, refusal
from labeller.runtime.plug_in_files import VARIABLE
from labeller.service.jobs import POLL_SECONDS, catalogued
from labeller.store import Store

CATALOGUE_SECONDS = 60.0  # a worker that starts imports torch before it writes


def with_method(store: Store, config: RoundConfig, method: str | None) -> RoundConfig:
    """`config` with NAME:PRESET@KEY=VALUE, which starts from its own defaults; None: as it is.

    Raises ValueError for a method or a preset that does not exist.
    """
    if method is None:
        return config
    own = changes_of(method, lambda name: _entry(store, name)["presets"])
    return config.model_copy(update=own)


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
