"""The Explore map: what it is coloured by, which points it shows, and what is selected on it."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from labeller import figures, service
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.text import escape
from labeller.ui.widgets.gallery import Picture, gallery

MOST_POINTS = 20_000
MOST_SHOWN = 90
COLOURS = {
    "label": "label given",
    "predicted": "predicted class",
    "true": "true class",
    "cluster": "cluster",
    "weight": "weight",
}
NO_NAME = "none"


def usable_colours(points: pd.DataFrame) -> list[str]:
    """What the map can be coloured by: only what is known of at least one point."""
    words = ("predicted", "true", "cluster")
    usable = {name: bool(points[name].replace("", None).notna().any()) for name in words}
    usable["label"] = bool((points["label"] >= 0).any())
    usable["weight"] = usable["label"]
    return [name for name in COLOURS if usable.get(name)] or ["cluster"]


def coloured_map(points: pd.DataFrame, by: str, classes: list[str]) -> go.Figure:
    """The figure of `points` (x, y, image, ...) coloured by one of COLOURS."""
    xy = points[["x", "y"]].to_numpy(np.float32)
    images = points["image"].to_numpy(np.int64)
    if by == "weight":
        return figures.map_by_value(xy, images, points["weight"].to_numpy(np.float32), "weight")
    groups, names = group_of(points, by, classes)
    return figures.map_by_class(xy, images, groups, names)


def group_of(points: pd.DataFrame, by: str, classes: list[str]) -> tuple[np.ndarray, list[str]]:
    """Group numbers (n,) with -1 for none, and their names; a class keeps its own number."""
    if by == "label":
        return points["label"].to_numpy(np.int64), classes
    words = points[by].map(lambda value: None if pd.isna(value) or value == "" else str(value))
    distinct = sorted(set(words.dropna()), key=_natural)
    if by == "cluster":
        names = distinct
    else:
        names = [*classes, *(name for name in distinct if name not in classes)]
    number = {name: place for place, name in enumerate(names)}
    groups = words.map(lambda name: number.get(name, -1)).to_numpy(np.int64)
    return groups, [f"cluster {name}" for name in names] if by == "cluster" else names


def filters(points: pd.DataFrame, key: str) -> pd.DataFrame:
    """Widgets that narrow the map down to some labels, or to images without one."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    named = points["name"].where(points["label"] >= 0).dropna()
    chosen = left.multiselect(
        "Show only the labels", sorted(named.unique(), key=_natural), key=f"{key} only labels",
        placeholder="all labels", disabled=named.empty,
    )  # fmt: skip
    only_open = right.toggle(
        "Only images without a label", key=f"{key} only open", disabled=named.empty
    )
    if only_open:
        return points[points["label"] < 0]
    return points[points["name"].isin(chosen)] if chosen else points


def thinned(points: pd.DataFrame, groups: np.ndarray) -> pd.DataFrame:
    """At most MOST_POINTS of the points, every group by its share; says so when it leaves some."""
    if len(points) <= MOST_POINTS:
        return points
    shown = points.iloc[figures.sample_points(groups, MOST_POINTS)]
    st.caption(
        f"{len(shown):,} of {len(points):,} images are drawn, every group by its share, so that "
        "the map stays quick. Filters show more of what they leave."
    )
    return shown


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


def show_selection(
    store: Store, project: ProjectView, points: pd.DataFrame, chosen: list[int]
) -> None:
    """The selected images with file names and labels; a sentence on how to select without any."""
    if not chosen:
        st.info(
            "Draw around points with the mouse to see their images here. The tools at the top "
            "right of the map change between lasso, box, moving and zooming.",
            icon=":material/gesture_select:",
        )
        return
    rows = points.set_index("image").loc[
        [image for image in chosen if image in set(points["image"])]
    ]
    counts = rows["name"].where(rows["label"] >= 0).fillna(NO_NAME).value_counts()
    summary = " · ".join(
        f"{escape(str(name))}: {count:,}" for name, count in counts.head(8).items()
    )
    st.markdown(f"**{len(rows):,} image{'s' * (len(rows) != 1)} selected** &nbsp; :gray[{summary}]")
    shown = spread(rows, MOST_SHOWN)
    if len(shown) < len(rows):
        st.caption(f"{len(shown)} of them, evenly drawn:")
    numbers = [int(image) for image in shown.index]
    images = service.pictures(store, project, numbers, 136)
    paths = service.image_names(store, project, numbers)
    labelled = zip(shown["label"], shown["name"], strict=True)
    gallery(
        Picture(image, str(name) if label >= 0 else NO_NAME, path, int(label))
        for image, path, (label, name) in zip(images, paths, labelled, strict=True)
    )


def spread(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most `most` rows, evenly spaced."""
    if len(rows) <= most:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def _natural(name: object) -> tuple[int, float, str]:
    """Sorting key that puts 2 before 10, and numbers before words."""
    text = str(name)
    try:
        return 0, float(text), text
    except ValueError:
        return 1, 0.0, text
