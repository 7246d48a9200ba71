"""What is known of methods without torch: how commands write one, and where users' own lie."""

import json
import os
from pathlib import Path

VARIABLE = "LABELLER_METHODS"


def parse_method(text: str) -> tuple[str, str, tuple[tuple[str, object], ...]]:
    """`vae:deep@beta=0.5` as method, preset ("" for the defaults) and settings (name, value)."""
    head, *pairs = text.strip().split("@")
    name, colon, preset = head.partition(":")
    settings = []
    for pair in pairs:
        key, _, value = pair.partition("=")
        settings.append((key, _value(value)))
    if not name or (colon and not preset) or not all(k and v != "" for k, v in settings):
        raise ValueError(f"a method must be written NAME:PRESET@KEY=VALUE, got {text!r}")
    return name, preset, tuple(settings)


def method_files() -> list[str]:
    """The files that $LABELLER_METHODS names, from the root: another process runs elsewhere."""
    files = os.environ.get(VARIABLE, "").split(os.pathsep)
    return [str(Path(file).expanduser().absolute()) for file in files if file]


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def setting_text(value: object) -> str:
    """A setting's value as `parse_method` reads it."""
    return value if isinstance(value, str) else json.dumps(value)
