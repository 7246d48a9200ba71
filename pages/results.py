"""Results: how good the labels are, round by round, and what was asked."""

import pandas as pd
import streamlit as st

from labeller import figures, service
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.frame.page import current_project, empty_state, job_banner, next_step, page
from labeller.ui.results.measured import draw_budget, score_table
from labeller.ui.widgets.gallery import centre_rows

LINES = {
    "test_accuracy": "test accuracy",
    "propagated_accuracy": "labels that are right",
    "coverage": "images with a label",
}
HELP = {
    "test_accuracy": "Share of the held-out images that the classifier labels as they truly are.",
    "propagated_accuracy": "Share of the labelled training images whose label is the true one.",
    "coverage": "Share of the training images that have a label, by the answers of all rounds.",
}
SPLITS = {"test": "Test images, never trained on", "train": "Training images"}


def main() -> None:
    """The whole page."""
    store = page("Results", ":material/monitoring:")
    project = current_project(store)
    table = service.results(store, project)
    if not len(table):
        step = project.next_step.page
        empty_state(
            "No finished round yet",
            "A round is finished when its answers were spread over the images and the network was "
            "trained again with them. Its accuracy then stands here, and how many images have a "
            "label.",
            "train" if step == "results" else step,
        )
        job_banner(store, project)
    else:
        next_step(store, project)
        job_banner(store, project)
        if not project.has_targets:
            st.info(
                "No true labels known: accuracy cannot be measured; how many images have a "
                "label is shown. Images that lie in one folder per class bring true labels along.",
                icon=":material/info:",
            )
        numbers(table, project)
        over_rounds(table, project)
        draw_budget(project, service.budget(store, project))
        if project.has_targets:
            mistakes(store, project)
    centres(store, project)


def numbers(table: pd.DataFrame, project: ProjectView) -> None:
    """The newest finished round in four numbers, with the change since the round before."""
    now = table.iloc[-1]
    before = table.iloc[-2] if len(table) > 1 else None
    shown = LINES if project.has_targets else ["coverage"]
    cells = st.columns(len(shown) + 1)
    for cell, column in zip(cells, shown, strict=False):
        measured = pd.notna(now[column])
        change = None
        if measured and before is not None and pd.notna(before[column]):
            points = round(100 * (now[column] - before[column]), 1)
            change = f"{points:+.1f} points" if points else None
        value = f"{now[column]:.1%}" if measured else "not measured"
        title = LINES[column].capitalize()
        cell.metric(title, value, change, border=True, height="stretch", help=HELP[column])
    in_round = f"{int(now['answers'])} in round {int(now['round'])}"
    cells[-1].metric(
        "Answers given", f"{int(now['answers_total']):,}", in_round, delta_color="off", border=True,
        delta_arrow="off", help="Labels, splits and skips, over all rounds.",
    )  # fmt: skip


def over_rounds(table: pd.DataFrame, project: ProjectView) -> None:
    """Accuracy and images with a label against the number of answers, and the same as a table."""
    what = "Accuracy" if project.has_targets else "Images with a label"
    st.subheader(f"{what} against the number of answers")
    columns = [name for name in LINES if name in table and table[name].notna().any()]
    lines = {LINES[name]: table[name].astype(float).tolist() for name in columns}
    st.plotly_chart(figures.accuracy_curve(table["answers_total"].tolist(), lines), key="curve")
    with st.expander("The same as a table"):
        percent = {
            name: st.column_config.NumberColumn(LINES[name], format="percent") for name in columns
        }
        st.dataframe(
            table[["round", "answers", "answers_total", *columns]],
            hide_index=True,
            column_config={
                "round": "round",
                "answers": "answers in the round",
                "answers_total": "answers so far",
                **percent,
            },
        )


def mistakes(store: Store, project: ProjectView) -> None:
    """Which classes are mixed up: the confusion matrix beside the scores of each class."""
    st.subheader("Which classes are mixed up")
    split = st.segmented_control(
        "Measured on", list(SPLITS), default="test", required=True, key="split",
        format_func=SPLITS.__getitem__, label_visibility="collapsed",
    )  # fmt: skip
    counts = service.confusion(store, project, split)
    scores = service.per_class(store, project, split)
    if counts is None or scores is None:
        st.caption(f"Not measured on these images yet: {SPLITS[split].lower()}.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        names = [str(name) for name in counts.columns]
        st.plotly_chart(figures.confusion_matrix(counts.to_numpy(), names), key="confusion")
        st.caption("Numbers are images; colour is their share of the true class.")
    with right:
        score_table(scores)


def centres(store: Store, project: ProjectView) -> None:
    """The decoded centres of every round with their answers, one row per round (paper, Fig. 2)."""
    rows = service.centres(store, project)
    if not rows:
        return
    st.subheader("What was asked, round by round")
    st.caption(
        "The centre of each cluster as the network draws it, and the answer given. Rest the mouse "
        "on a picture to see how sure the expert was."
    )
    centre_rows(rows, {one.label: one.name for one in project.classes})


main()
