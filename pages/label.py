"""Label: what is this cluster, and how sure are you?"""

import streamlit as st

from labeller import service
from labeller.jobs.kinds import ROUND_JOBS
from labeller.ui.frame.page import current_project, empty_state, job_banner, may, outlook, page
from labeller.ui.frame.text import sentence
from labeller.ui.label.labelling import label_cards
from labeller.ui.label.notes import notes
from labeller.ui.label.people import show_people
from labeller.ui.widgets.classes import manage_classes

store = page("Label", ":material/sell:")
project = current_project(store)
job = service.active_job(store, project)
current = service.current_round(store, project)
# What ends with other cards may move these.
above = current is None or (job is not None and job.kind in ROUND_JOBS)
# Always there, since a grid that takes another place on the page is drawn anew, under the hands.
with st.container():
    if above:
        job_banner(store, project, line=current is not None)
    if current is not None:
        for note in notes(store, project, job):
            st.caption(note)

if current is None:
    step = project.next_step
    empty_state("No questions yet", sentence(step.text), step.page)
elif not may(store, "answer"):
    words = "Explore, Review and Results show the labels; annotators give them."
    empty_state("You may look, and not answer", words, "explore")
else:
    label_cards(store, project, current.number)
    outlook(store, project)
    with st.container(horizontal=True):
        if may(store, "rename_class") and st.button(
            "Rename or merge classes", icon=":material/category:", type="tertiary"
        ):
            manage_classes(store, project)
        if st.button("People and agreement", icon=":material/group:", type="tertiary"):
            show_people(store, project)
    if not above:
        job_banner(store, project, hidden=("split",))  # above, it would move the cards
