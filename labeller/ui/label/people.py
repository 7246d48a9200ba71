"""The dialog about the people who answer: how many per card, what each did, how far they agree."""

import pandas as pd
import streamlit as st

from labeller import service
from labeller.records import PeopleView, ProjectView
from labeller.service import Store

_MEANING = (
    "Kappa and alpha: 1 is full agreement, 0 what chance alone would give. Reliability: how often a"
    " person is right, as far as the cards tell that others answered too; it decides whose answer"
    " counts where people differ."
)


@st.dialog("People", width="large")
def show_people(store: Store, project: ProjectView) -> None:
    """The dialog; a change is saved at once."""
    now = service.people(store, project)
    number = st.number_input(
        "People per card",
        1,
        10,
        now.per_card,
        key=f"people {project.id}",
        disabled=not service.may(store, "set_people_per_card"),
        width=180,
        help="A card is open for each person until so many have answered it. Until they have, "
        "nobody is told what the others said.",
    )
    if number != now.per_card:
        service.set_people_per_card(store, project, int(number))
        st.rerun()
    if len(now.people) < 2:
        st.info(
            "One person has answered so far. Others open the same address, and write their name "
            "into “Answering as” above the cards.",
            icon=":material/group:",
        )
        return
    st.dataframe(_people(now), hide_index=True, column_config=_PEOPLE)
    if not now.shared:
        st.caption("No card was answered by two people yet, so nothing is known of agreement.")
        return
    st.markdown(_agreement(now))
    st.dataframe(_pairs(now), hide_index=True, column_config=_PAIRS)
    st.caption(_MEANING)


_PEOPLE = {
    "reliability": st.column_config.ProgressColumn(
        "Reliability", min_value=0, max_value=100, format="%.0f %%"
    ),
}
_PAIRS = {"kappa": st.column_config.TextColumn("Cohen's kappa")}


def _people(now: PeopleView) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Name": [one.name for one in now.people],
            "Answers": [one.answers for one in now.people],
            "On shared cards": [one.shared for one in now.people],
            "reliability": [100 * one.reliability if one.shared else None for one in now.people],
        }
    )


def _pairs(now: PeopleView) -> pd.DataFrame:
    pairs = [pair for pair in now.pairs if pair.cards]
    return pd.DataFrame(
        {
            "Two people": [f"{pair.one} and {pair.other}" for pair in pairs],
            "Cards of both": [pair.cards for pair in pairs],
            "Said the same": [pair.agreed for pair in pairs],
            # Without one (all said one class) a number's cell would say "None".
            "kappa": ["–" if pair.kappa is None else f"{pair.kappa:.2f}" for pair in pairs],
        }
    )


def _agreement(now: PeopleView) -> str:
    """The agreement of all in a line of Markdown."""
    named = (("Krippendorff's alpha", now.alpha), ("Fleiss' kappa", now.fleiss))
    scores = [f"{name} **{value:.2f}**" for name, value in named if value is not None]
    cards = f"{now.shared} card{'s' * (now.shared != 1)} answered by two people or more"
    parts = [cards, *scores]
    if now.disputed:
        wait = "waits" if now.disputed == 1 else "wait"
        parts.append(f"**{now.disputed}** disputed, {wait} with a red “?” among the cards")
    return " · ".join(parts)
