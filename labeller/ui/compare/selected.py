"""What a person has drawn around on a plotly map of a comparison."""

from collections.abc import Iterable
from typing import Any

MOST_SHOWN = 90  # images of a selection


def selected_images(event: Any) -> list[int]:
    """Image numbers of a plotly selection, read from customdata, in order, without repetition."""
    points: Iterable[Any] = event["selection"]["points"] if event else ()
    images: dict[int, None] = {}
    for point in points:
        value = point.get("customdata")
        if isinstance(value, dict):  # the browser may send a one-element list as an object
            value = next(iter(value.values()), None)
        value = value[0] if isinstance(value, list | tuple) else value
        if value is not None:
            images[int(value)] = None
    return list(images)
