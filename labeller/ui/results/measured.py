"""What the Results page draws: the rounds among recorded ways to ask, and scores by class."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from labeller import figures
from labeller.records import Budget, BudgetRound, ProjectView
from labeller.ui.frame.text import escape, source_name

KINDS = {
    "recommended": "this app's recommended settings",
    "baseline": "other choices of what to ask, one image per answer",
    "paper": "the paper's settings",
    "supervised": "all true labels",
}
NAMES = {
    "test": "this project",
    "train": "this project, on its training images",
    "audit": "this project, by the audit",
}
MEANINGS = {
    "precision": "Of the images given this class, the share that truly are of it.",
    "recall": "Of the images truly of this class, the share that were given it.",
    "f1": "Harmonic mean of precision and recall.",
}
MOST_ROWS = 17
TALLEST = 640  # pixels, with a scroll bar


def draw_budget(project: ProjectView, budget: Budget) -> None:
    """Draws the rounds of the project beside the curves recorded for its images.

    Where that would only repeat the measured accuracies, or where none is known, it says so in a
    sentence instead.
    """
    st.subheader("Accuracy beside other ways to ask", anchor=False)
    if not budget.rounds:
        st.caption(
            "Not known without true labels. Label a small random sample on the Audit page: it"
            " estimates the accuracy of each finished round, with an interval."
        )
        return
    curves = figures.recorded(project.source)
    points = [_point(one) for one in budget.rounds]
    ahead = _point(budget.ahead) if budget.ahead else None
    if curves or ahead is not None or budget.audited or budget.measured_on != "test":
        st.plotly_chart(
            figures.budget_curve(
                points,
                curves,
                name=NAMES[budget.measured_on],
                ahead=ahead,
                audited=[_point(one) for one in budget.audited],
            ),
            key="budget",
            config={"displayModeBar": False},
        )
    if ahead is not None:
        st.caption("The dotted end is what the next answers bring if the error goes on falling so.")
    if curves:
        present = {curve.kind: KINDS[curve.kind] for curve in curves}
        st.caption(
            f"Thin lines were recorded on {escape(source_name(project))} with simulated answers,"
            f" {_runs(curves)}: {'; '.join(present.values())}. Other settings, other images or"
            " another person give other numbers."
        )
    else:
        st.caption(
            f"No baselines are recorded for {escape(source_name(project))}: there is nothing to"
            " compare with. `labeller benchmark label-efficiency` measures them."
        )


def score_table(scores: pd.DataFrame) -> None:
    """Columns name, images, precision, recall and f1 in [0, 1], shown in percent."""
    shown = scores.rename(columns={"support": "images"})
    columns = ["name", "images", *MEANINGS]
    shown = shown[[name for name in columns if name in shown]].copy()
    shown[list(MEANINGS)] *= 100
    number = st.column_config.NumberColumn
    st.dataframe(
        shown,
        hide_index=True,
        height="content" if len(shown) <= MOST_ROWS else TALLEST,
        column_config={
            "name": "class",
            "images": number("images", format="localized", help="True images of the class."),
            "precision": number("precision", format="%.1f%%", help=MEANINGS["precision"]),
            "recall": number("recall", format="%.1f%%", help=MEANINGS["recall"]),
            "f1": st.column_config.ProgressColumn(
                "F1", format="%.1f%%", min_value=0, max_value=100, help=MEANINGS["f1"]
            ),
        },
    )


def _runs(curves: Sequence[figures.RecordedCurve]) -> str:
    """How many runs a line stands for: `one run each`, `means of 1 to 5 runs`."""
    counts = {point.seeds for curve in curves for point in curve.points}
    least, most = min(counts), max(counts)
    if most == 1:
        return "one run each"
    return f"means of {most} runs" if least == most else f"means of {least} to {most} runs"


def _point(one: BudgetRound) -> figures.BudgetPoint:
    return figures.BudgetPoint(one.answers, one.accuracy, one.low, one.high)
