"""Label: what is this cluster, and how sure are you?"""

import streamlit as st

from labeller import service
from labeller.ui.classes import manage_classes
from labeller.ui.frame import current_project, job_banner, next_step, open_page, page
from labeller.ui.labelling import label_cards

store = page("Label", ":material/sell:")
project = current_project(store)
job_banner(store, project, hidden=("split",))

current = service.current_round(store, project)
if current is None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.subheader("No questions yet", anchor=False)
        next_step(project)
        if st.button("Go to Train", type="primary", icon=":material/arrow_forward:"):
            open_page("train")
else:
    label_cards(store, project, current.number)
    if st.button("Rename or merge classes", icon=":material/category:", type="tertiary"):
        manage_classes(store, project)
