"""Whole numbers that people and programs give: 1.9, "1" and True are none."""

import operator
from typing import Any


def whole_number(what: str, value: Any, low: int = 0, high: int | None = None) -> int:
    """`value` as a plain int, also of numpy; raises ValueError that names `what` and its rule."""
    number = _whole(value)
    if number is None or number < low or (high is not None and number > high):
        rule = f"{low} or more" if high is None else f"between {low} and {high}"
        raise ValueError(f"{what} must be a whole number, {rule}, got {_short(value)}")
    return number


def image_numbers(what: str, values: Any) -> list[int]:
    """Numbers of images, sorted and without repetition; raises ValueError that names `what`."""
    try:
        numbers = {_whole(value) for value in values}
    except TypeError:  # no collection, or one of what has no hash
        numbers = {None}
    known = {number for number in numbers if number is not None and 0 <= number < 2**63}
    if known != numbers:
        raise ValueError(f"{what} must be image numbers, 0 or more, got {_short(values)}")
    return sorted(known)


def _whole(value: Any) -> int | None:
    """An int where it is a whole number; a bool counts as none."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:80]} ..."
