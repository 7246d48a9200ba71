"""The budget curve of the Results page: this project's rounds among recorded ways to ask."""

from collections.abc import Sequence

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
        gain = 100 * (ahead.share - points[-1].share)
        st.caption(
            f"The next {ahead.answers - points[-1].answers} answers are likely to bring about"
            f" **{gain:+.1f} points**, if the error goes on falling as it did."
        )
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


def _runs(curves: Sequence[figures.RecordedCurve]) -> str:
    """How many runs a line stands for: `one run each`, `means of 1 to 5 runs`."""
    counts = {point.seeds for curve in curves for point in curve.points}
    least, most = min(counts), max(counts)
    if most == 1:
        return "one run each"
    return f"means of {most} runs" if least == most else f"means of {least} to {most} runs"


def _point(one: BudgetRound) -> figures.BudgetPoint:
    return figures.BudgetPoint(one.answers, one.accuracy, one.low, one.high)
