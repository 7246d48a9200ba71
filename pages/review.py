"""Review: what the answers would do to every image, before they do it."""

import streamlit as st

from labeller import service
from labeller.ui.frame.page import current_project, empty_state, job_banner, page
from labeller.ui.frame.text import sentence
from labeller.ui.review.looking_through import look_through
from labeller.ui.review.reviewing import next_round_ready, review_answers

store = page("Review", ":material/fact_check:")
project = current_project(store)
job_banner(store, project, hidden=("split",))

current = service.current_round(store, project)
retraining = service.active_job(store, project)
if retraining is not None and retraining.kind == "retrain":
    student = project.config.student.use
    learns = "A classifier" if student else "The network"
    again = "" if student else "every image is encoded again, and "
    st.write(f"{learns} learns from your answers. Then {again}the next questions are prepared.")
elif current is None:
    step = project.next_step
    empty_state("Nothing to review yet", sentence(step.text), step.page)
elif not next_round_ready(store, project, current):
    views = {"answers": "What the answers decide", "images": "Image by image"}
    view = st.segmented_control(
        "View", list(views), default="answers", required=True, format_func=views.__getitem__,
        label_visibility="collapsed", key="review view",
    )  # fmt: skip
    if view == "images":
        look_through(store, project)
    else:
        review_answers(store, project, current)
