"""Label: what is this cluster, and how sure are you?"""

import streamlit as st

from labeller import service
from labeller.ui.frame.page import current_project, job_banner, page
from labeller.ui.frame.states import empty_state
from labeller.ui.frame.text import sentence
from labeller.ui.label.labelling import label_cards, noise_note
from labeller.ui.widgets.classes import manage_classes

store = page("Label", ":material/sell:")
project = current_project(store)
job_banner(store, project, hidden=("split",))

current = service.current_round(store, project)
if current is None:
    step = project.next_step
    empty_state("No questions yet", sentence(step.text), step.page)
else:
    if note := noise_note(service.labelling(store, project)):
        st.caption(note)
    label_cards(store, project, current.number)
    if st.button("Rename or merge classes", icon=":material/category:", type="tertiary"):
        manage_classes(store, project)
