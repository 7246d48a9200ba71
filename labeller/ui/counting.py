"""The number of clusters: chosen for the person or by them, and the scores behind the choice."""

import streamlit as st

from labeller.config import CHOOSE
from labeller.rounds.count import DEFAULT

HELP = (
    "Number of clusters, one question each. Chosen for you: several numbers are tried, and the "
    "largest is taken whose clusters are still found again in other images."
)


def choose_count(value: int, key: str, label: str = "Clusters") -> int:
    """A number of clusters, or CHOOSE; `value` is what is shown at first."""
    chosen = st.toggle("Choose the number for me", value == CHOOSE, key=f"{key} chosen", help=HELP)
    shown = DEFAULT if value == CHOOSE else value
    number = st.number_input(label, 2, 2000, shown, key=key, help=HELP, disabled=chosen)
    return CHOOSE if chosen else int(number)


def questions_text(clusters: int) -> str:
    """How many questions there will be, as far as it is known."""
    return "as many questions as suit them" if clusters == CHOOSE else f"{clusters} questions"
