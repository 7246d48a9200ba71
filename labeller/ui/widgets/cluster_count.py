"""The number of clusters: chosen for the person or by them, and the scores behind the choice."""

import streamlit as st

from labeller import figures, service
from labeller.config import CHOOSE
from labeller.records import ProjectView, RoundView
from labeller.rounds.questions.cluster_count import DEFAULT
from labeller.service import Store

HELP = (
    "Number of clusters, one question each. Chosen for you: several numbers are tried, and the "
    "largest is taken whose clusters are still found again in other images."
)


def choose_count(value: int, key: str, label: str = "Clusters") -> int:
    """A number of clusters, or CHOOSE; `value` is what is shown at first."""
    above = st.container()
    chosen = st.toggle("Automatic", value == CHOOSE, key=f"{key} chosen")
    shown = DEFAULT if value == CHOOSE else value
    number = above.number_input(label, 2, 2000, shown, key=key, help=HELP, disabled=chosen)
    return CHOOSE if chosen else int(number)


def questions_text(clusters: int) -> str:
    """How many questions there will be, as far as it is known."""
    return "as many questions as suit them" if clusters == CHOOSE else f"{clusters} questions"


def show_counts(store: Store, project: ProjectView, present: RoundView) -> None:
    """Why the round has its number of clusters, and the scores of others; nothing if it was given.

    The scores are those of numbers tried when the round was opened, in the space of that round.
    """
    counts = service.cluster_counts(store, project, present.number)
    if counts is None:
        return
    st.markdown(f"**Why {counts.best} questions?** {counts.explanation}")
    if counts.counts:
        scores = counts.stability, counts.silhouette, counts.bic
        st.plotly_chart(
            figures.count_scores(counts.counts, *scores, used=counts.best),
            key=f"counts {project.id} {present.number}",
            config={"displayModeBar": False},
        )
