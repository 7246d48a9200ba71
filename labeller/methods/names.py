"""What is known of methods without torch: how commands write one."""

import json


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


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def setting_text(value: object) -> str:
    """A setting's value as `parse_method` reads it."""
    return value if isinstance(value, str) else json.dumps(value)
