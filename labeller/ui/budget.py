"""The budget curve of the Results page: this project's rounds among recorded ways to ask."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from labeller import figures
from labeller.records import ProjectView
from labeller.ui.frame import escape

KINDS = {
    "recommended": "this app's recommended settings",
    "baseline": "other choices of what to ask, one image an answer",
    "paper": "the paper's settings",
    "supervised": "all true labels",
}


def measured(table: pd.DataFrame) -> list[figures.BudgetPoint]:
    """Test accuracy by answers so far, of the finished rounds where it is known."""
    known = table[table["test_accuracy"].notna()]
    return [
        figures.BudgetPoint(int(answers), float(share))
        for answers, share in zip(known["answers_total"], known["test_accuracy"], strict=True)
    ]


def budget(
    project: ProjectView,
    points: Sequence[figures.BudgetPoint],
    *,
    estimated: bool = False,
    ahead: figures.BudgetPoint | None = None,
) -> None:
    """Draws `points` beside the curves recorded for the project's images; nothing without points.

    `estimated`: the points are the audit's, with its intervals, instead of measured ones.
    """
    if not points:
        return
    st.subheader("Accuracy for the answers given", anchor=False)
    curves = figures.recorded(project.source)
    name = "this project, by the audit" if estimated else "this project"
    st.plotly_chart(
        figures.budget_curve(points, curves, name=name, ahead=ahead),
        key="budget",
        config={"displayModeBar": False},
    )
    if ahead is not None:
        gain = 100 * (ahead.share - points[-1].share)
        st.caption(
            f"The next {ahead.answers - points[-1].answers} answers are likely to bring about"
            f" {gain:+.1f} points, if the error goes on falling as it did."
        )
    if curves:
        present = {curve.kind: KINDS[curve.kind] for curve in curves}
        st.caption(
            f"Thin lines were recorded on {escape(project.source)} with simulated answers, mean"
            f" over seeds: {'; '.join(present.values())}. Other settings, other images or another"
            " person give other numbers."
        )
    else:
        st.caption(
            f"No baselines are recorded for {escape(project.source)}: only this project's own"
            " rounds are drawn. `labeller benchmark label-efficiency` records them."
        )
