"""The form in which a person writes what a class means, and chooses example images of it."""

import streamlit as st

from labeller import service
from labeller.records import ClassView, Guideline, ProjectView
from labeller.service import Store
from labeller.service.guidelines import LONGEST, MOST_EXAMPLES
from labeller.ui.frame.page import image_grid, showing_errors

PROPOSED = 24  # images of answered cards to choose examples from


def guideline_form(store: Store, project: ProjectView, live: list[ClassView], key: str) -> None:
    """Text and examples of one class, saved by a button."""
    st.caption(
        "What each class means, for whoever labels: shown beside the card by the key G, and while "
        "the mouse is on the class."
    )
    chosen = st.selectbox("Class", live, format_func=lambda view: view.name, key=f"{key} guided")
    present = service.guidelines(store, project).get(chosen.label, Guideline(""))
    mine = f"{key} guideline {chosen.label}"
    text = st.text_area(
        "What belongs to it, and what does not", present.text, max_chars=LONGEST, key=f"{mine} text"
    )
    proposed = list(dict.fromkeys([*present.examples, *_labelled(store, project, chosen.label)]))
    examples = st.multiselect(
        "Example images",
        proposed,
        present.examples,
        max_selections=MOST_EXAMPLES,
        key=f"{mine} examples",
        help="By their numbers. Those of cards that were answered with the class are offered; any "
        "other number can be typed.",
        accept_new_options=True,
    )
    numbers = [int(each) for each in examples if str(each).isdecimal()]
    with showing_errors(ValueError, IndexError):
        if numbers:
            image_grid(service.pictures(store, project, numbers, 96), columns=MOST_EXAMPLES)
        if st.button("Save", key=f"{mine} save", type="primary", icon=":material/save:"):
            service.set_guideline(store, project, chosen.label, text, numbers)
            st.rerun()


def _labelled(store: Store, project: ProjectView, label: int) -> list[int]:
    """The most typical images of cards of the open round that have that label."""
    if project.round is None:
        return []
    cards = service.cards(store, project)
    mine = [card for card in cards if card.answer is not None and card.answer.label == label]
    return [image for card in mine for image in (card.medoid, *card.near)][:PROPOSED]
