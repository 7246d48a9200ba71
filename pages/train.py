"""Train: choose a method, watch it learn, and get questions."""

from typing import Any

import streamlit as st

from labeller import service
from labeller.config import PIXELS, RoundConfig, with_encoder
from labeller.records import ProjectView, RoundView
from labeller.service import Store
from labeller.ui.frame.job_banner import show_notice
from labeller.ui.frame.page import (
    current_project,
    empty_state,
    escape,
    job_banner,
    may,
    next_step,
    open_page,
    outlook,
    page,
    showing_errors,
)
from labeller.ui.train import training
from labeller.ui.widgets.choices import choose_encoder
from labeller.ui.widgets.cluster_count import questions_text, show_counts


def main() -> None:
    """The whole page."""
    store = page("Train", ":material/model_training:")
    project = current_project(store)
    job = service.active_job(store, project)
    if job is not None and job.kind == "ingest":
        job_banner(store, project)
        st.caption("Training starts, or can be started, as soon as the images are imported.")
        return
    if project.state == "import failed":
        why = "The import of its images failed. The project's card says why, and what to do."
        empty_state("There are no images to train on", why, "projects")
        return
    if job is not None and job.kind != "compare":
        st.caption("Questions appear when this is done. The page can be left or closed meanwhile.")
        training.watch(store, project, job)
        return
    present = service.current_round(store, project)
    if present is None:
        next_step(store, project)
    job_banner(store, project)
    if present is not None:
        trained(store, project, present)
    settings(store, project, present)


def trained(store: Store, project: ProjectView, present: RoundView) -> None:
    """The questions that wait, and how the last training went."""
    progress = service.labelling(store, project)
    with st.container(border=True):
        words, button = st.columns([3, 1], vertical_alignment="center")
        if progress.open:
            title = f"Round {present.number}: {progress.open} questions wait"
            done = f"; {progress.images_labelled / max(1, progress.images):.0%} of all have a label"
            asked = f"{progress.images - progress.noise:,} images"
            text = f"They stand for {asked}{done if progress.images_labelled else ''}."
            target, label = "label", f"{'Go on' if progress.answers else 'Start'} labelling"
        else:
            title = f"Round {present.number} is answered"
            text = "See what the answers do to all images, then train again with them."
            target, label = "review", "Review the answers"
        words.markdown(f"#### :green[:material/check_circle:] {title}")
        words.caption(text)
        if button.button(label, type="primary", icon=":material/arrow_forward:", width="stretch"):
            open_page(target)
    outlook(store, project)
    job = service.last_job(store, project, *training.TRAINING)
    if job is not None and job.state == "done":
        with st.expander(escape(training.ended(job)), expanded=True, icon=":material/show_chart:"):
            show_notice(job)
            training.curves(store, job)


def settings(store: Store, project: ProjectView, present: RoundView | None) -> None:
    """The forms: a training from scratch, and other questions from the network at hand."""
    if not may(store, "train", "Owners start trainings."):
        return
    catalogue = service.methods(store)
    if catalogue is None:
        training.wait_for_methods(store)
        return
    if present is None:
        start(store, project, catalogue)
        return
    regroup(store, project, present)
    with st.expander("Train again from scratch", icon=":material/restart_alt:"):
        st.caption(
            "A new network and a new round. Answers given so far stay, with the labels that they "
            "gave; the open questions are replaced."
        )
        start(store, project, catalogue)


def start(store: Store, project: ProjectView, catalogue: dict[str, dict[str, Any]]) -> None:
    """The form of a training from scratch, and the button that starts it."""
    # Keys carry the project: what was typed for one must not appear for another.
    config = project.config
    encode = choose_encoder(config.encode, f"{project.id} encode")
    if project.encoder_choice is not None:
        st.caption(f":material/info: {escape(project.encoder_choice.reason)}")
    key = f"{project.id}"
    if encode != config.encode:
        config = with_encoder(config, encode)
        key = f"{project.id} {encode.encoder}"
    if encode == PIXELS:
        catalogue = {n: one for n, one in catalogue.items() if one.get("reads") != "features"}
    name, method_config = training.choose_method(catalogue, config, key)
    config = config.model_copy(update={"method": name, "method_config": method_config})
    epochs = catalogue[name].get("trainable", True)
    config = training.choose_training(store, config, f"{key} train", epochs=epochs)
    with st.expander("Questions", icon=":material/help_center:"):
        st.caption("After training, images are grouped into clusters; each is one question.")
        config = training.choose_questions(config, f"{key} ask")
    questions = questions_text(config.cluster.clusters)
    length = f"{config.train.epochs} epochs" if epochs else "no epochs"
    words = f"{project.train:,} images, {length}, {questions}"
    left, right = st.columns([1, 4], vertical_alignment="center")
    pressed = left.button(
        "Start training", type="primary", icon=":material/play_arrow:", width="stretch"
    )
    right.caption(words)
    if pressed:
        with showing_errors():
            service.train(store, project, RoundConfig.model_validate(config.model_dump()))
            service.ensure_worker(store)
            st.rerun()


def regroup(store: Store, project: ProjectView, present: RoundView) -> None:
    """Other questions from the same network: another number of clusters, another space."""
    with st.expander("Ask again with other clusters", icon=":material/bubble_chart:"):
        st.caption(
            "Groups the images anew with the present network; takes seconds to a minute, no "
            "training. The open questions are replaced; answers given so far are kept."
        )
        show_counts(store, project, present)
        config = training.choose_questions(present.config, f"{project.id} again")
        if st.button("Ask again", icon=":material/refresh:"):
            service.recluster(store, project, config)
            service.ensure_worker(store)
            st.rerun()


main()
