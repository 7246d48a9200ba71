"""Review: what the answers would do to every image, before they do it."""

import streamlit as st

from labeller import service
from labeller.ui.frame import current_project, job_banner, next_step, open_page, page
from labeller.ui.reviewing import next_round_ready, review_answers

store = page("Review", ":material/fact_check:")
project = current_project(store)
job_banner(store, project, hidden=("split",))

current = service.current_round(store, project)
retraining = service.active_job(store, project)
if retraining is not None and retraining.kind == "retrain":
    st.write(
        "The network learns from your answers. Then every image is encoded again, and the next "
        "questions are prepared."
    )
elif current is None:
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.subheader("Nothing to review yet", anchor=False)
        next_step(project)
        if st.button("Go to Label", type="primary", icon=":material/arrow_forward:"):
            open_page("label")
elif not next_round_ready(store, project, current):
    review_answers(store, project, current)
