"""What is typed into the text fields of a new comparison, read and judged while it is typed."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st
from pydantic import ValidationError

from labeller.comparison.plan import CompareConfig
from labeller.errors import LabellerError
from labeller.methods.names import parse_method, parse_value, refusal
from labeller.methods.transforms.augmentation_lists import AUTO, TRANSFORMS, policy
from labeller.ui.frame.text import sentence
from labeller.ui.widgets.forms import problems_of

Value = TypeVar("Value")


class Fields:
    """Reads fields; what is wrong with one is said below it and kept in `problems`."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def text(
        self, name: str, parse: Callable[[str], Value], place: Any, **widget: Any
    ) -> Value | None:
        """A text field in `place`, labelled with its name unless `widget` has another label: what
        `parse` makes of its text, None when it cannot be read."""
        text = place.text_input(**{"label": name, **widget})
        return self.read(name, lambda: parse(text))

    def read(self, name: str, make: Callable[[], Value]) -> Value | None:
        """What `make` makes of the field `name`; None when its values are refused."""
        try:
            return make()
        except ValidationError as refused:
            self._say(*(f"{name}, {problem}" for problem in problems_of(refused)))
        except (LabellerError, ValueError) as refused:
            self._say(f"{name}: {refused}")
        return None

    def _say(self, *problems: str) -> None:
        self.problems += problems
        for problem in problems:
            st.error(sentence(problem), icon=":material/error:")


def sizes(text: str) -> tuple[int, ...]:
    """`16, 64` as numbers of 2 or more; raises ValueError with what was written."""
    try:
        numbers = tuple(int(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        raise ValueError(f"must be whole numbers such as 16, 64, got {text}") from None
    if any(number < 2 for number in numbers):
        raise ValueError(f"each must be 2 or more, got {min(numbers)}")
    return numbers


def transforms(text: str) -> tuple[str, ...]:
    """`crop, noise` as names of augmentations; raises ValueError for another word."""
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in TRANSFORMS:
            raise ValueError(f"each must be one of {', '.join(TRANSFORMS)}, got {name}")
    return names


def pairs(text: str) -> dict[str, object]:
    """`width=8, loss=pixels`, separated by commas or lines, as name -> value; raises ValueError.

    A comma inside a value (`augmentations=crop,noise`) is part of it: what follows has no `=`.
    """
    settings: dict[str, object] = {}
    line = re.sub(r"\s*[,;\n][,;\s]*", ",", text.strip()).strip(",")
    for pair in re.split(r",(?=[^=,]+=)", line):
        name, _, value = (part.strip() for part in pair.partition("="))
        if not pair.strip():
            continue
        if not name or not value:
            raise ValueError(f"must be written KEY=VALUE, KEY=VALUE, got {pair.strip()}")
        settings[name] = parse_value(value)
    return settings


def shared_settings(
    text: str, methods: Sequence[str], catalogue: Mapping[str, Any]
) -> dict[str, object]:
    """Settings for all of the `methods` that have them; raises ValueError for what none accepts.

    Without methods, for none of them yet, all are accepted.
    """
    settings = pairs(text)
    names = dict.fromkeys(parse_method(each)[0] for each in methods)
    fields = {
        name: catalogue[name]["schema"].get("properties", {}) for name in names if name in catalogue
    }
    possible = sorted({key for each in fields.values() for key in each})
    for key, value in settings.items() if methods else ():
        if key not in possible:
            words = f"each must be one that a chosen method has ({', '.join(possible)})"
            raise ValueError(f"{words}, got {key}")
        for name in (name for name in fields if key in fields[name]):
            if key == "augmentations" and value != AUTO:
                policy(str(value))  # the schema says no more than that it is a string
            if rule := refusal(fields[name][key], value):
                raise ValueError(f"{key} of {name} must be {rule}, got {value}")
    return settings


def config_of(values: dict[str, object]) -> CompareConfig:
    """The settings of a comparison; raises ValueError that names the field as the page does."""
    try:
        return CompareConfig.model_validate(values)
    except ValidationError as refused:
        raise ValueError(problems_of(refused, CompareConfig.model_json_schema())[0]) from None
