"""Settings given on the command line, laid over the settings that a project has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labeller.cli.frame import usage
from labeller.methods.names import parse_value

if TYPE_CHECKING:
    from labeller.config import RoundConfig


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
    parsed = parse_pairs(pairs or [])
    return {key if "." in key else f"method_config.{key}": value for key, value in parsed.items()}


def changed(base: RoundConfig, changes: Mapping[str, Any]) -> RoundConfig:
    """`base` with those of `changes` (dotted names) that are not None: the options given."""
    from labeller.rounds import settings

    given = {key: value for key, value in changes.items() if value is not None}
    return settings.changed(base, given)
