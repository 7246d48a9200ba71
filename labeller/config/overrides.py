"""Settings by dotted name, such as train.epochs, laid over those there are."""

import copy
from collections.abc import Mapping
from typing import Any


def replaced(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of nested settings with the values of dotted names.

    A group may get new names: its own checks say which of them it knows. Raises ValueError for a
    group that the settings do not have.
    """
    found = copy.deepcopy(dict(settings))
    for name, value in changes.items():
        *groups, last = name.split(".")
        place: Any = found
        for group in groups:
            place = place.get(group)
            if not isinstance(place, dict):
                raise ValueError(f"there is no setting {name}")
        place[last] = value
    return found
