"""Label: what is this cluster, and how sure are you?"""

import streamlit as st

from labeller import service
from labeller.ui.classes import manage_classes
from labeller.ui.frame import current_project, job_banner, page
from labeller.ui.labelling import label_cards
from labeller.ui.states import empty_state
from labeller.ui.text import sentence

store = page("Label", ":material/sell:")
project = current_project(store)
job_banner(store, project, hidden=("split",))

current = service.current_round(store, project)
if current is None:
    step = project.next_step
    empty_state("No questions yet", sentence(step.text), step.page)
else:
    label_cards(store, project, current.number)
    if st.button("Rename or merge classes", icon=":material/category:", type="tertiary"):
        manage_classes(store, project)
