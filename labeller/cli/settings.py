"""Settings given on the command line, laid over the settings that a project has."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labeller.cli.frame import usage

if TYPE_CHECKING:
    from labeller.config import RoundConfig


def parse_pairs(pairs: Sequence[str]) -> dict[str, Any]:
    """`key=value` texts as a dict; values are JSON where they parse as such, else texts."""
    parsed: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise usage(f"--set must be KEY=VALUE, got {pair}")
        parsed[key.strip()] = _value(text.strip())
    return parsed


def step_settings(pairs: Sequence[str] | None) -> dict[str, Any]:
    """`key=value` texts as changes of a RoundConfig: a key without a dot is the method's."""
    parsed = parse_pairs(pairs or [])
    return {key if "." in key else f"method_config.{key}": value for key, value in parsed.items()}


def nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted keys as nested dicts: {"train.epochs": 3} becomes {"train": {"epochs": 3}}."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *parents, last = key.split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
        branch[last] = value
    return tree


def changed(base: RoundConfig, changes: Mapping[str, Any]) -> RoundConfig:
    """`base` with the changes of `changes` (dotted keys) that are not None, validated."""
    from labeller.config import RoundConfig

    given = nested({key: value for key, value in changes.items() if value is not None})
    return RoundConfig.model_validate(_merged(base.model_dump(), given))


def _merged(values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = (
            _merged(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
        )
    return merged


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
