"""What is typed into the text fields of a new comparison, read and judged while it is typed."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st
from pydantic import ValidationError

from labeller.comparison.plan import CompareConfig
from labeller.errors import LabellerError
from labeller.methods.names import parse_method
from labeller.methods.transforms.augmentation_lists import AUTO, TRANSFORMS, policy
from labeller.ui.frame.text import sentence
from labeller.ui.widgets.forms import bounds, choices, label_of, resolved

Value = TypeVar("Value")
KINDS: dict[str, Any] = {"integer": int, "number": int | float, "boolean": bool, "string": str}
# Settings of a comparison -> what the page calls them.
NAMES = {
    "latents": "Latent sizes",
    "seeds": "Seeds",
    "images": "Training images",
    "answers": "Numbers of answers",
    "probe_every": "Epochs between probes",
    "mlp_epochs": "Epochs of the MLPs",
    "positions": "Positions of an object",
    "sample": "Images of a sample",
    "layer_size": "Numbers of a convolution",
}


class Fields:
    """Reads fields; what is wrong with one is said below it and kept in `problems`."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def read(self, name: str, text: str, parse: Callable[[str], Value]) -> Value | None:
        """What `parse` makes of the text of the field `name`; None when it cannot be read."""
        try:
            return parse(text)
        except ValidationError as refused:
            for problem in refused.errors():
                place = " ".join(label_of(str(part)) for part in problem["loc"])
                self.say(f"{name}, {place}" if place else name, reason(problem))
        except (LabellerError, ValueError) as refused:
            self.say(name, str(refused))
        return None

    def say(self, name: str, problem: str) -> None:
        """Show and keep what is wrong with the field `name`."""
        self.problems.append(f"{name}: {problem}")
        st.error(sentence(self.problems[-1]), icon=":material/error:")


def numbers(text: str) -> tuple[int, ...]:
    """`16, 64` as numbers; raises ValueError with what was written."""
    try:
        return tuple(int(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        raise ValueError(f"must be whole numbers such as 16, 64, got {text}") from None


def sizes(text: str) -> tuple[int, ...]:
    """Numbers of 2 or more; raises ValueError for others."""
    found = numbers(text)
    if any(number < 2 for number in found):
        raise ValueError(f"each must be 2 or more, got {min(found)}")
    return found


def transforms(text: str) -> tuple[str, ...]:
    """`crop, noise` as names of augmentations; raises ValueError for another word."""
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in found:
        if name not in TRANSFORMS:
            raise ValueError(f"each must be one of {', '.join(TRANSFORMS)}, got {name}")
    return found


def pairs(text: str) -> dict[str, object]:
    """`width=8, loss=pixels`, separated by commas or lines, as name -> value; raises ValueError.

    A comma inside a value (`augmentations=crop,noise`) is part of it: what follows has no `=`.
    """
    found: dict[str, object] = {}
    line = re.sub(r"\s*[,;\n][,;\s]*", ",", text.strip()).strip(",")
    for pair in re.split(r",(?=[^=,]+=)", line):
        name, _, value = (part.strip() for part in pair.partition("="))
        if not pair.strip():
            continue
        if not name or not value:
            raise ValueError(f"must be written KEY=VALUE, KEY=VALUE, got {pair.strip()}")
        found[name] = _value(value)
    return found


def shared_settings(
    text: str, methods: Sequence[str], catalogue: Mapping[str, Any]
) -> dict[str, object]:
    """Settings for all of the `methods` that have them; raises ValueError for what none accepts."""
    found = pairs(text)
    names = dict.fromkeys(parse_method(each)[0] for each in methods)
    schemas = {name: catalogue[name]["schema"] for name in names if name in catalogue}
    known = sorted({key for schema in schemas.values() for key in schema.get("properties", {})})
    for key, value in found.items():
        if key not in known:
            raise ValueError(
                f"each must be one that a chosen method has ({', '.join(known)}), got {key}"
            )
        for name, schema in schemas.items():
            if key in schema.get("properties", {}):
                if key == "augmentations" and value != AUTO:
                    policy(str(value))  # the schema says no more than that it is a string
                refusal = _refusal(value, resolved(schema["properties"][key], schema))
                if refusal:
                    raise ValueError(f"{key} of {name} must be {refusal}, got {value}")
    return found


def config_of(values: dict[str, object]) -> CompareConfig:
    """The settings of a comparison; raises ValueError that names the field as the page does."""
    try:
        return CompareConfig.model_validate(values)
    except ValidationError as refused:
        problem = refused.errors()[0]
        place = str(problem["loc"][0]) if problem["loc"] else ""
        raise ValueError(f"{NAMES.get(place, label_of(place))}: {reason(problem)}") from None


def reason(problem: object) -> str:
    """What pydantic says of one value, and the value."""
    assert isinstance(problem, dict)
    words = str(problem["msg"]).removeprefix("Value error, ")
    if ", got " in words:  # a check of our own, which says it already
        return words
    return f"{words[:1].lower()}{words[1:]}, got {problem['input']}"


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _refusal(value: object, field: Mapping[str, Any]) -> str:
    """What the field of a schema takes, when it does not take `value`; else ""."""
    field = dict(field)
    listed, (low, high) = choices(field), bounds(field)
    if listed:
        return "" if value in listed else f"one of {', '.join(map(str, listed))}"
    kind = str(field.get("type", ""))
    if kind in KINDS:
        right = isinstance(value, KINDS[kind]) and (kind == "boolean") == isinstance(value, bool)
        return "" if right and _within(value, low, high) else f"{_kind(kind)}{_range(low, high)}"
    return ""


def _within(value: object, low: float | None, high: float | None) -> bool:
    if not isinstance(value, int | float):
        return True
    return (low is None or value >= low) and (high is None or value <= high)


def _kind(kind: str) -> str:
    return {"integer": "a whole number", "boolean": "true or false"}.get(kind, f"a {kind}")


def _range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    parts = [f"from {low:g}" if low is not None else "", f"to {high:g}" if high is not None else ""]
    return f" {' '.join(part for part in parts if part)}"
