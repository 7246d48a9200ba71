"""Explore: all images on a map, and the images behind any part of it."""

import streamlit as st

from labeller import service
from labeller.records import ProjectView
from labeller.rounds.spaces import map_spaces, map_titles
from labeller.service import Store
from labeller.ui.explore.exploring import explore
from labeller.ui.frame.page import (
    current_project,
    empty_state,
    job_banner,
    next_step,
    page,
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
    titles, numbers = map_titles(), [each.number for each in reversed(rounds)]
    st.session_state.setdefault("map", first_map(store, project, numbers[0]))
    with st.container(horizontal=True, vertical_alignment="center"):
        kind = st.segmented_control(
            "Map", list(titles), required=True, format_func=titles.__getitem__,
            key="map", help=map_help(), label_visibility="collapsed", width="content",
        )  # fmt: skip
        number = st.selectbox(
            "Round", numbers, format_func="Round {}".format, width=140,
            key=f"round of {project.id} {numbers[0]}", label_visibility="collapsed",
        )  # fmt: skip
    points = service.points(store, project, number, kind)
    if points is None:
        missing(store, project, kind, number)
        return
    explore(store, project, points, kind, number)


def first_map(store: Store, project: ProjectView, number: int) -> str:
    """A kind of map that is drawn of the round, UMAP before others; UMAP where there is none."""
    kinds = ["umap", *map_titles()]
    drawn = (kind for kind in kinds if number in service.drawn_maps(store, project, kind))
    return next(drawn, "umap")


def map_help() -> str:
    """What each kind of map shows, a line each."""
    return "\n".join(f"- **{each.title}**: {each.meaning}" for each in map_spaces().values())


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
