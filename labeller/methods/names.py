"""What is known of methods without torch: how commands write one, and what its settings may be.

The worker writes the settings of a method as a JSON schema, since only the worker imports torch.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from labeller.errors import UnknownNameError

# Types of JSON schema -> those of Python, and what a person calls them.
KINDS: dict[str, tuple[Any, str]] = {
    "integer": (int, "a whole number"),
    "number": (int | float, "a number"),
    "boolean": (bool, "true or false"),
    "string": (str, "a string"),
    "array": (list | tuple, "a list"),
    "null": (type(None), "null"),
}
BOUNDS: dict[str, tuple[Any, str]] = {
    "minimum": (lambda value, bound: value >= bound, "at least"),
    "exclusiveMinimum": (lambda value, bound: value > bound, "above"),
    "maximum": (lambda value, bound: value <= bound, "at most"),
    "exclusiveMaximum": (lambda value, bound: value < bound, "below"),
}


def parse_method(text: str) -> tuple[str, str, tuple[tuple[str, object], ...]]:
    """`vae:deep@beta=0.5` as method, preset ("" for the defaults) and settings (name, value)."""
    head, *pairs = text.strip().split("@")
    name, colon, preset = head.partition(":")
    settings = []
    for pair in pairs:
        key, _, value = pair.partition("=")
        settings.append((key, parse_value(value)))
    if not name or (colon and not preset) or not all(k and v != "" for k, v in settings):
        raise ValueError(f"a method must be written NAME:PRESET@KEY=VALUE, got {text!r}")
    return name, preset, tuple(settings)


def changes_of(text: str, presets_of: Callable[[str], Mapping[str, Any]]) -> dict[str, Any]:
    """The same as settings of a round: `method`, and `method_config` that differs from its own.

    `presets_of` gives the presets of a method by their names. Raises UnknownNameError for a preset
    that does not exist.
    """
    name, preset, settings = parse_method(text)
    presets = presets_of(name)
    if preset and preset not in presets:
        raise UnknownNameError(f"preset of {name}", preset, presets or ["none"])
    return {"method": name, "method_config": {**presets.get(preset, {}), **dict(settings)}}


def parse_value(text: str) -> Any:
    """A value as people write it: JSON where it parses as such, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def setting_text(value: object) -> str:
    """A setting's value as `parse_value` reads it."""
    return value if isinstance(value, str) else json.dumps(value)


def bounds_text(field: Mapping[str, Any]) -> str:
    """What a setting may be, from its JSON schema: `1 to 64`, `above 0`, `pixels, perceptual`."""
    if listed := field.get("enum", [field["const"]] if "const" in field else []):
        return ", ".join(setting_text(value) for value in listed)
    if "anyOf" in field:
        return " or ".join(filter(None, map(bounds_text, field["anyOf"])))
    if "minimum" in field and "maximum" in field:
        return f"{field['minimum']} to {field['maximum']}"
    return ", ".join(f"{words} {field[key]}" for key, (_, words) in BOUNDS.items() if key in field)


def refusal(field: Mapping[str, Any], value: object) -> str:
    """What the JSON schema of a setting takes, where it does not take `value`; else empty.

    A kind that the schema describes otherwise (an object) is left to the worker to check.
    """
    choices = field.get("anyOf", [field])
    if any(_fits(choice, value) for choice in choices):
        return ""
    return " or ".join(map(_rule, choices))


def _fits(field: Mapping[str, Any], value: Any) -> bool:
    if "enum" in field or "const" in field:
        return value in field.get("enum", [field.get("const")])
    kind, _ = KINDS.get(field.get("type", ""), (object, ""))
    if not isinstance(value, kind) or (isinstance(value, bool) and kind not in (bool, object)):
        return False
    if isinstance(value, int | float):
        return all(ok(value, field[key]) for key, (ok, _) in BOUNDS.items() if key in field)
    return True


def _rule(field: Mapping[str, Any]) -> str:
    limits = bounds_text(field)
    if "enum" in field or "const" in field:
        return f"one of {limits}"
    _, kind = KINDS.get(field.get("type", ""), (object, ""))
    return f"{kind} {'from ' if ' to ' in limits else ''}{limits}".strip()
