"""Streamlit forms made from JSON schemas: one widget per field, with its help, bounds and choices.

A method's settings reach the page as a JSON schema (the worker wrote it, since only the worker
imports torch); the settings of a round are pydantic records whose schema is at hand. Both end here,
so a new setting appears on the page by being declared.
"""

import json
import math
from collections.abc import Callable, Collection
from typing import Any, TypeVar

import streamlit as st
from pydantic import ValidationError

from labeller.config import Settings
from labeller.ui.frame.text import sentence

Schema = dict[str, Any]
OPTIONS = {
    "None": "none",
    "auto": "automatic",
    "32-true": "32 bit",
    "bf16-mixed": "16 bit (bf16) where it is safe",
    "constant": "constant",
    "cosine": "falling as a cosine",
    "bernoulli": "Bernoulli",
    "gaussian": "Gaussian",
}
Record = TypeVar("Record", bound=Settings)


def settings_form(
    record: Record, key: str, *, only: Collection[str] | None = None, columns: int = 2
) -> Record:
    """Widgets for the fields of `record` (those in `only`); returns it with what they hold.

    Values that the record refuses (a bound that no widget can express) are shown as an error, and
    `record` is returned unchanged.
    """
    schema = type(record).model_json_schema()
    values = schema_form(schema, record.model_dump(), key, only=only, columns=columns)
    try:
        return type(record).model_validate({**record.model_dump(), **values})
    except ValidationError as refused:
        for problem in problems_of(refused):
            st.error(sentence(problem))
        return record


def problems_of(refused: ValidationError, schema: Schema | None = None) -> list[str]:
    """What is wrong with each value, as a person would say it: the setting, the rule, the value.

    Settings are called as their titles in `schema` say, or by their names.
    """
    fields = (schema or {}).get("properties", {})
    problems = []
    for error in refused.errors():
        place = " ".join(title_of(str(part), fields.get(part, {})) for part in error["loc"])
        words = error["msg"].removeprefix("Value error, ")
        if ", got " not in words:  # a check of our own says it already
            words = f"{words[:1].lower()}{words[1:]}, got {error['input']}"
        problems.append(f"{place}: {words}" if place else words)
    return problems


def schema_form(
    schema: Schema,
    values: dict[str, Any],
    key: str,
    *,
    only: Collection[str] | None = None,
    columns: int = 2,
) -> dict[str, Any]:
    """Widgets for the properties of an object `schema`, in `columns` columns; returns their values.

    `values` are what the widgets show at first; a property without one takes its default. Widget
    keys are `key.property`: change `key` to start from other values. Nested objects become a
    headed group.
    """
    result: dict[str, Any] = {}
    names = [name for name in schema.get("properties", {}) if only is None or name in only]
    nested = {name: resolved(schema["properties"][name], schema) for name in names}
    flat = [name for name in names if "properties" not in nested[name]]
    for start in range(0, len(flat), columns):
        cells = st.columns(columns)
        for cell, name in zip(cells, flat[start : start + columns], strict=False):
            with cell:
                field = {**nested[name], "disabled": not _used(nested[name], {**values, **result})}
                value = values.get(name, field.get("default"))
                result[name] = field_widget(name, field, value, f"{key}.{name}")
    for name in (name for name in names if name not in flat):
        field = {**nested[name], "$defs": schema.get("$defs", {})}
        st.markdown(f"**{label_of(name)}**", help=field.get("description"))
        inner = values.get(name) or {}
        result[name] = schema_form(field, inner, f"{key}.{name}", columns=columns)
    return result


def field_widget(name: str, field: Schema, value: Any, key: str) -> Any:
    """One widget for one property; what it holds, with the property's own type."""
    shared = {
        "key": key,
        "help": field.get("description"),
        "disabled": field.get("disabled", False),
    }
    options = choices(field)
    if options:
        position = options.index(value) if value in options else 0
        titles = field.get("titles", {})
        return st.selectbox(
            title_of(name, field),
            options,
            position,
            format_func=lambda option: titles.get(option) or option_text(option),
            **shared,
        )
    kind = "slider" if "slider" in field else field.get("type", "json")
    widget: Callable[..., Any] = WIDGETS.get(kind, _json_widget)
    return widget(name, field, value, **shared)


def resolved(field: Schema, root: Schema) -> Schema:
    """`field` with its `$ref` followed into `root`'s definitions, and `X or null` read as X."""
    if "$ref" in field:
        target = root.get("$defs", {}).get(field["$ref"].rsplit("/", 1)[-1], {})
        field = {**target, **{key: value for key, value in field.items() if key != "$ref"}}
    kinds = [kind for kind in field.get("anyOf", []) if kind.get("type") != "null"]
    if "anyOf" in field and len(kinds) == 1:
        outer = {key: value for key, value in field.items() if key != "anyOf"}
        field = {**resolved(kinds[0], root), **outer, "optional": len(field["anyOf"]) > 1}
    return field


def choices(field: Schema) -> list[Any]:
    """The values that a property may take, when the schema lists them."""
    if "const" in field:
        return [field["const"]]
    listed = list(field.get("enum", []))
    return [*listed, None] if listed and field.get("optional") else listed


def label_of(name: str) -> str:
    """A property's name as a label: `learning_rate` becomes `Learning rate`."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def title_of(name: str, field: Schema) -> str:
    """The title that the setting was given, else its name as a label."""
    title = str(field.get("title", ""))
    automatic = name.replace("_", " ").title()  # what pydantic writes where there is none
    return title if title and title != automatic else label_of(name)


def option_text(value: object) -> str:
    """A choice as people say it; one without a better word as it is, without underscores."""
    return OPTIONS.get(str(value), str(value).replace("_", " "))


def bounds(field: Schema) -> tuple[float | None, float | None]:
    """Smallest and largest value of a number; an open bound of an integer moves in by one."""
    inward = 1 if field.get("type") == "integer" else 0
    low = field.get("minimum")
    if low is None and "exclusiveMinimum" in field:
        low = field["exclusiveMinimum"] + inward
    high = field.get("maximum")
    if high is None and "exclusiveMaximum" in field:
        high = field["exclusiveMaximum"] - inward
    return low, high


def step_of(value: float | None) -> float:
    """A tenth to one unit of the value's first digit: 0.002 steps by 0.001, 1.0 by 0.1."""
    if not value:
        return 0.1
    exponent = math.floor(math.log10(abs(value)))
    leading = abs(value) / 10.0**exponent
    return 10.0 ** (exponent if leading >= 2 else exponent - 1)


def _used(field: Schema, values: dict[str, Any]) -> bool:
    """Whether the other settings leave this one anything to say (`only_with` in its schema)."""
    needed = field.get("only_with", {})
    return all(values.get(other) in allowed for other, allowed in needed.items())


def _slider_widget(name: str, field: Schema, value: Any, **shared: Any) -> float:
    """Between the ends that the schema names for the eye; its bounds may lie further out."""
    low, high, step = field["slider"]
    shown = min(max(float(value), low), high)
    form = "percent" if field.get("percent") else None
    title = title_of(name, field)
    chosen: float = st.slider(title, low, high, shown, step, format=form, **shared)
    return chosen


def _number_widget(name: str, field: Schema, value: Any, **shared: Any) -> float | None:
    whole = field["type"] == "integer"
    kind = int if whole else float
    numbers: list[Any] = [None if each is None else kind(each) for each in (*bounds(field), value)]
    low, high, shown = numbers
    step: Any = field.get("step", 1) if whole else step_of(value)
    form = None if whole else "%g"
    title = title_of(name, field)
    number: float | None = st.number_input(title, low, high, shown, step, format=form, **shared)
    return number


def _boolean_widget(name: str, field: Schema, value: Any, **shared: Any) -> bool:
    return st.toggle(title_of(name, field), bool(value), **shared)


def _string_widget(name: str, field: Schema, value: Any, **shared: Any) -> str | None:
    shown = "" if value is None else str(value)
    text = st.text_input(title_of(name, field), shown, max_chars=field.get("maxLength"), **shared)
    return None if field.get("optional") and not text else text


def _json_widget(name: str, field: Schema, value: Any, **shared: Any) -> Any:
    """A list or anything else: edited as JSON; what does not parse is said and not used."""
    text = st.text_input(title_of(name, field), json.dumps(value), **shared)
    try:
        return json.loads(text)
    except ValueError:
        st.error(f"{label_of(name)} must be written like {json.dumps(value)}, got {text}.")
        return value


WIDGETS: dict[str, Callable[..., Any]] = {
    "integer": _number_widget,
    "number": _number_widget,
    "boolean": _boolean_widget,
    "slider": _slider_widget,
    "string": _string_widget,
}
