"""The body of the Review page: preview of the propagation, its settings, and the one button."""

import numpy as np
import streamlit as st

from labeller import figures, service
from labeller.config import PropagateConfig, RoundConfig
from labeller.records import Labelling, Preview, ProjectView, RoundView
from labeller.rounds import propagation
from labeller.service import Store
from labeller.ui.frame.page import open_page, showing_errors
from labeller.ui.frame.text import sentence
from labeller.ui.review.deciding import decisions
from labeller.ui.review.origins import label_origin
from labeller.ui.widgets.choices import choose_thing, own_settings
from labeller.ui.widgets.cluster_count import choose_count
from labeller.ui.widgets.picker import PickerRow

EACH = 10  # least certain images shown of a class
MOST = 12  # classes shown, those with the smallest weights


def next_round_ready(store: Store, project: ProjectView, current: RoundView) -> bool:
    """Shows that the last retraining is done and nothing is answered since; True if so."""
    last = service.last_job(store, project, "train", "retrain", "cluster")
    fresh = current.answers == 0 and last is not None and last.kind == "retrain"
    if last is None or not fresh or last.state != "done":
        return False
    finished = [one for one in service.rounds(store, project) if one.state == "finished"]
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown(f"### Round {current.number} is ready", width="content")
        if finished and (accuracy := finished[-1].metrics.get("test_accuracy")) is not None:
            asked = finished[-1].answers_total
            words = f"After {asked} answers, {accuracy:.1%} of the test images are labelled right."
        else:
            words = "The network has learned from your answers, and asks better questions now."
        st.markdown(words, width="content")
        with st.container(horizontal=True, horizontal_alignment="center"):
            if st.button("Label the next round", type="primary", icon=":material/sell:"):
                open_page("label")
            if st.button("See the results", icon=":material/monitoring:"):
                open_page("results")
        st.space("small")
    return True


@st.fragment
@showing_errors()
def review_answers(store: Store, project: ProjectView, current: RoundView) -> None:
    """What the answers of the open round decide; each move of a slider runs only this again."""
    settings, shown = st.columns([1, 3], gap="large")
    progress = service.labelling(store, project)
    with settings:
        config = _rule_form(current.config.propagate, f"review {project.id}")
        _warn_unanswered(progress)
        _go(store, project, current, config, progress)
    with shown, showing_errors():
        preview = service.preview(store, project, config)
        for note in preview.notes:
            st.warning(sentence(note), icon=":material/warning:")
        _numbers(preview, progress)
        if preview.coverage == 0:
            st.info("No cluster has a label yet. Answer some questions first.")
            return
        _charts(preview)
        decisions(store, project, preview, config)
        _least_certain(store, project, preview, config)


def _rule_form(default: PropagateConfig, key: str) -> PropagateConfig:
    """Widgets for how answers spread, `default` at first; widget keys begin with `key`."""
    st.subheader("How answers spread", anchor=False)
    chosen = choose_thing("propagate", default, key, "Rule")
    st.caption(propagation.ROOM.get(chosen.rule).meaning)
    return own_settings("propagate", chosen, key, columns=1)


def _warn_unanswered(progress: Labelling) -> None:
    if not progress.open:
        return
    images = progress.images - progress.images_labelled - progress.images_skipped
    cards = "1 card is" if progress.open == 1 else f"{progress.open} cards are"
    missing = "every image has a label all the same, which their answers may correct"
    if images:
        missing = "1 image has no label" if images == 1 else f"{images:,} images have no label"
    st.warning(f"{cards} not answered: {missing}.", icon=":material/help:")
    if st.button("Answer them", icon=":material/sell:", width="stretch"):
        open_page("label")


def _go(
    store: Store,
    project: ProjectView,
    current: RoundView,
    config: PropagateConfig,
    progress: Labelling,
) -> None:
    key = f"review {project.id}"
    method = (service.comparable(store) or {}).get(current.config.method, {})
    with st.expander("Retraining", icon=":material/tune:"):
        network = _network_settings if method.get("trainable", True) else _head_settings
        ask = _student_settings if project.config.student.use else network
        changed = ask(key, project.config, bool(service.results(store, project).size))
    changed = changed.model_copy(update={"propagate": config})
    active = service.active_job(store, project)
    if st.button(
        "Propagate and retrain",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=not progress.labelled or active is not None,
        help=None if progress.labelled else "Label at least one card first.",
    ):
        with showing_errors():
            service.propagate(store, project, config)
            service.retrain(store, project, config=changed)
            st.rerun(scope="app")


def _student_settings(key: str, now: RoundConfig, later: bool) -> RoundConfig:
    """The settings of a retraining that teaches a student; `later`: it goes on from a former."""
    student, which = now.student, "epochs_again" if later else "epochs"
    epochs = st.number_input(
        "Epochs of the classifier", 1, 1000, getattr(student, which), key=f"{key} {which}",
        help="Passes over all training images.",
    )  # fmt: skip
    trust = st.slider(
        "Trust in the labels at the end", 0.0, 1.0, student.trust, key=f"{key} trust",
        help="Low: it may outvote labels that contradict what it learnt from the others.",
    )  # fmt: skip
    clusters = st.number_input(
        "Questions to choose from in the next round", 2, 2000, now.ask.clusters,
        key=f"{key} ask", help="They come in the order of what they would tell.",
    )  # fmt: skip
    return now.model_copy(
        update={
            "student": student.model_copy(update={which: int(epochs), "trust": float(trust)}),
            "ask": now.ask.model_copy(update={"clusters": int(clusters)}),
        }
    )


def _network_settings(key: str, now: RoundConfig, later: bool) -> RoundConfig:
    """The settings of a retraining of the method's own network (Eq. 4)."""
    epochs = st.number_input(
        "Epochs", 1, 1000, max(1, now.retrain.epochs), key=f"{key} epochs",
        help="Passes over all training images.",
    )  # fmt: skip
    gamma = st.number_input(
        "γ", 0.0, 1e6, now.retrain.gamma, key=f"{key} gamma",
        help="Weight of the classification loss (Eq. 4).",
    )  # fmt: skip
    retrain = now.retrain.model_copy(update={"epochs": int(epochs), "gamma": float(gamma)})
    return _next_questions(key, now).model_copy(update={"retrain": retrain})


def _head_settings(key: str, now: RoundConfig, later: bool) -> RoundConfig:
    """The settings where the method is not trained and there is no student."""
    st.caption(
        "This method is not trained: its images stay where they are, and a classifier of their "
        "latents is fitted to the labels."
    )
    return _next_questions(key, now)


def _next_questions(key: str, now: RoundConfig) -> RoundConfig:
    count = choose_count(now.cluster.clusters, f"{key} clusters", "Questions of the next round")
    return now.model_copy(update={"cluster": now.cluster.model_copy(update={"clusters": count})})


def _numbers(preview: Preview, progress: Labelling) -> None:
    labelled = int((preview.labels >= 0).sum())
    answered = progress.labelled + progress.skipped
    # Two by two where four in a row would cut their numbers.
    with st.container(horizontal=True):
        share = f"{preview.coverage:.1%} of them"
        st.metric(
            "Images with a label",
            f"{labelled:,}",
            share,
            border=True,
            delta_color="off",
            delta_arrow="off",
        )
        mean = preview.effective / labelled if labelled else 0.0
        st.metric(
            "Mean weight",
            f"{mean:.2f}",
            border=True,
            help="Of the images with a label; 1 is certain.",
        )
        st.metric(
            "Sum of weights",
            f"{preview.effective:,.0f}",
            border=True,
            help="As many fully certain labels would weigh the same in the loss.",
        )
        st.metric("Cards answered", f"{answered} of {progress.cards}", border=True)


def _charts(preview: Preview) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Weights", anchor=False)
        st.plotly_chart(
            figures.weight_histogram(preview.weights), key="review weights", config=_BARE
        )
    with right:
        st.subheader("Classes", anchor=False)
        table = preview.balance
        if len(table) > 12:
            table = table[table["images"] > 0]
        columns = [table[name].tolist() for name in ("label", "name", "images", "weight")]
        st.plotly_chart(figures.class_balance(*columns), key="review balance", config=_BARE)


_BARE = {"displayModeBar": False}


def _least_certain(
    store: Store, project: ProjectView, preview: Preview, config: PropagateConfig
) -> None:
    st.subheader("The least certain images of each class", anchor=False)
    st.caption(
        "They weigh least in the retraining. Many of another class in a row: mark them on the "
        "cards that gave them this label, or split these. Click one to see which answers its "
        "label comes from."
    )
    names = {one.label: one.name for one in project.classes}
    rows = [
        PickerRow(
            names.get(label, str(label)), numbers, service.pictures(store, project, numbers, 128)
        )
        for label, numbers in least_certain(preview)
    ]
    label_origin(store, project, rows, config)


def least_certain(preview: Preview) -> list[tuple[int, list[int]]]:
    """Classes with their images of smallest weight, smallest first; the least certain classes."""
    found = []
    for label in np.unique(preview.labels[preview.labels >= 0]):
        rows = np.flatnonzero(preview.labels == label)
        rows = rows[np.argsort(preview.weights[rows], kind="stable")[:EACH]]
        found.append((float(preview.weights[rows].mean()), int(label), rows.tolist()))
    kept = sorted(found)[:MOST]
    return sorted((label, rows) for _, label, rows in kept)
