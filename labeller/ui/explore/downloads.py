"""What leaves the map: a table of all that it knows of each point, and a page to look at."""

import numpy as np
import pandas as pd

from labeller import figures, service
from labeller.errors import StateError
from labeller.exports.comma_separated import csv_bytes
from labeller.records import ClassView, ProjectView
from labeller.service import Store
from labeller.ui.explore.board.payload import ASIDE, TITLES, natural

MOST_POINTS = 20_000  # in a page, which plotly draws


def table_of(store: Store, project: ProjectView, kind: str, round: int) -> pd.DataFrame:
    """A row per point: file name, place, and all that is known now; empty cells for nothing.

    Raises StateError where the map is gone.
    """
    points = service.points(store, project, round, kind)
    if points is None:
        raise StateError(f"the {kind} map of round {round} is not drawn any more; draw it again")
    points.insert(0, "path", service.image_names(store, project, points["image"].tolist()))
    for column in ("label", "source"):
        points[column] = points[column].astype("Int64").mask(points[column] < 0)
    points["cluster"] = points["cluster"].replace("", None)
    return points


def csv_of(store: Store, project: ProjectView, kind: str, round: int) -> bytes:
    """The table as the bytes of a CSV file."""
    return csv_bytes(table_of(store, project, kind, round))


def html_of(store: Store, project: ProjectView, kind: str, round: int, by: str) -> bytes:
    """The map coloured by `by` as a page that needs no network: at most MOST_POINTS points, every
    group by its share.
    """
    points = table_of(store, project, kind, round)
    xy = points[["x", "y"]].to_numpy(np.float32)
    images = points["image"].to_numpy(np.int64)
    if points[by].dtype.kind == "f":
        values = points[by].fillna(0).to_numpy(np.float32)
        rows = figures.sample_points(np.zeros(len(points), int), MOST_POINTS)
        figure = figures.map_by_value(xy[rows], images[rows], values[rows], TITLES[by])
    else:
        groups, names = groups_of(points, by, project.classes)
        rows = figures.sample_points(groups, MOST_POINTS)
        figure = figures.map_by_class(xy[rows], images[rows], groups[rows], names)
    figure.update_layout(template="plotly_white", paper_bgcolor="white", height=None)
    page: str = figure.to_html(include_plotlyjs=True, full_html=True, default_height="96vh")
    return page.encode()


def groups_of(
    points: pd.DataFrame, by: str, classes: tuple[ClassView, ...]
) -> tuple[np.ndarray, list[str]]:
    """Group numbers (n,) with -1 for none, and their names; a class keeps its own number."""
    words = points["name" if by == "label" else by]
    if by == "label":
        words = words.mask(points["aside"], ASIDE)
    distinct = sorted(words.dropna().unique(), key=natural)
    numbers: dict[str, int] = {}
    if by in ("label", "predicted", "true"):
        numbers = {one.name: one.label for one in classes}
    for name in distinct:
        numbers.setdefault(name, max(numbers.values(), default=-1) + 1)
    names = [""] * (max(numbers.values(), default=-1) + 1)
    for name, number in numbers.items():
        names[number] = f"cluster {name}" if by == "cluster" else name
    return words.map(numbers).fillna(-1).to_numpy(np.int64), names
