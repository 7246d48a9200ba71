"""The form in which a person writes what a class means, and chooses example images of it."""

import numpy as np
import streamlit as st

from labeller import service
from labeller.records import ClassView, Guideline, ProjectView
from labeller.service import Store
from labeller.service.guidelines import LONGEST, MOST_EXAMPLES
from labeller.ui.frame.page import image_grid, showing_errors

PROPOSED = 24  # images of the class to choose examples from


def guideline_form(store: Store, project: ProjectView, live: list[ClassView], key: str) -> None:
    """Text and examples of one class, saved by a button."""
    st.caption(
        "What each class means, for whoever labels: shown beside the card by the key G, and while "
        "the mouse is on the class."
    )
    chosen = st.selectbox("Class", live, format_func=lambda view: view.name, key=f"{key} guided")
    present = Guideline("")
    with showing_errors():
        present = service.guidelines(store, project).get(chosen.label, present)
    mine = f"{key} guideline {chosen.label}"
    text = st.text_area(
        "What belongs to it, and what does not", present.text, max_chars=LONGEST, key=f"{mine} text"
    )
    proposed = list(dict.fromkeys([*present.examples, *_labelled(store, project, chosen.label)]))
    names = dict(zip(proposed, service.image_names(store, project, proposed), strict=True))
    examples = st.multiselect(
        "Example images",
        proposed,
        present.examples,
        max_selections=MOST_EXAMPLES,
        key=f"{mine} examples",
        format_func=lambda each: names.get(each, str(each)),
        help="Images that have the class are offered; another file name or number can be typed.",
        accept_new_options=True,
    )
    with showing_errors(ValueError, IndexError):
        numbers = [_number(store, project, each) for each in examples]
        if numbers:
            image_grid(service.pictures(store, project, numbers, 96), columns=MOST_EXAMPLES)
        if st.button("Save", key=f"{mine} save", type="primary", icon=":material/save:"):
            service.set_guideline(store, project, chosen.label, text, numbers)
            st.rerun()


def _labelled(store: Store, project: ProjectView, label: int) -> list[int]:
    """Images that have that label by all answers: those looked at first, then the surest."""
    now = service.point_labels(store, project)
    mine = np.flatnonzero(now["label"] == label)
    order = np.lexsort((-now["weight"][mine], ~now["looked"][mine]))
    found: list[int] = mine[order[:PROPOSED]].tolist()
    return found


def _number(store: Store, project: ProjectView, typed: object) -> int:
    """The image that is meant; raises ValueError for a name that none or several have."""
    text = str(typed).strip()
    if text.isdecimal():
        return int(text)
    found = service.find_images(store, project, text).tolist()
    exact = [n for n in found if service.image_names(store, project, [n]) == [text]]
    if len(exact or found) == 1:
        return int((exact or found)[0])
    raise ValueError(f"{len(found)} images have {text!r} in their names; give the name of one")
