"""Explore: all images on a map, and the images behind any part of it."""

import pandas as pd
import streamlit as st

from labeller import service
from labeller.records import ProjectView
from labeller.rounds.spaces import map_spaces, map_titles
from labeller.service import Store
from labeller.ui.explore import selection
from labeller.ui.frame.page import (
    current_project,
    empty_state,
    job_banner,
    next_step,
    page,
    showing_errors,
)


def main() -> None:
    """The whole page."""
    store = page("Explore", ":material/scatter_plot:")
    project = current_project(store)
    rounds = service.rounds(store, project)
    if not rounds:
        step = project.next_step.page
        text = "The map shows how a trained network arranges the images."
        empty_state("No map yet", text, "projects" if step == "projects" else "train")
        job_banner(store, project)
        return
    next_step(store, project)
    job_banner(store, project)
    left, middle, right = st.columns([2, 2, 1], vertical_alignment="bottom")
    titles = map_titles()
    kind = left.segmented_control(
        "Map", list(titles), default="umap", required=True, format_func=titles.__getitem__,
        key="map",
    )  # fmt: skip
    numbers = [each.number for each in reversed(rounds)]
    number = right.selectbox("Round", numbers, key=f"round of {project.id} {numbers[0]}")
    points = service.points(store, project, number, kind)
    if points is None:
        missing(store, project, kind, number)
        return
    by = middle.selectbox(
        "Colour", selection.usable_colours(points), format_func=selection.COLOURS.__getitem__,
        key=f"colour {project.id}",
    )  # fmt: skip
    st.caption(map_spaces()[kind].meaning)
    st.fragment(the_map)(store, project, points, by, f"{kind} {number}")


def the_map(store: Store, project: ProjectView, points: pd.DataFrame, by: str, key: str) -> None:
    """Filters, the map, and the images selected on it; a selection runs only this part again."""
    with showing_errors():
        classes = [each.name for each in service.classes(store, project)]
        kept = selection.filters(points, f"{project.id}")
        groups, _ = selection.group_of(kept, "cluster" if by == "weight" else by, classes)
        shown = selection.thinned(kept, groups)
        if shown.empty:
            st.info("No image fits these filters.", icon=":material/filter_alt_off:")
            return
        event = st.plotly_chart(
            selection.coloured_map(shown, by, classes),
            key=f"map {project.id} {key} {by}",
            on_select="rerun",
            selection_mode=("lasso", "box"),
            config={"displaylogo": False, "modeBarButtonsToRemove": ["autoScale2d"]},
        )
        selection.show_selection(store, project, shown, selection.selected_images(event))


def missing(store: Store, project: ProjectView, kind: str, number: int) -> None:
    """This map was not drawn yet: one button draws it."""
    job = service.active_job(store, project)
    if job is not None and job.kind == "map":
        st.caption("The map appears here as soon as it is drawn.")
        return
    with st.container(border=True, horizontal_alignment="center"):
        st.subheader(
            f"The {map_titles()[kind]} map of round {number} is not drawn yet", anchor=False
        )
        meaning = map_spaces()[kind].meaning
        st.write(f"{meaning} Drawing takes seconds for thousands of images, minutes beyond.")
        if st.button("Draw the map", type="primary", icon=":material/scatter_plot:"):
            service.request_map(store, project, kind, number)
            service.ensure_worker(store)
            st.rerun()


main()
