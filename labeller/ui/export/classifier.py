"""The part of the Export page where the trained classifier is taken away."""

from functools import partial

import streamlit as st

from labeller import service
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.export.exports import file_name, snippet
from labeller.ui.frame.page import showing_errors
from labeller.ui.frame.text import sentence


def classifier(store: Store, project: ProjectView, *, ready: bool) -> None:
    """Prepares the trained network for other programs, offers it as a zip, and says how to use it.

    What needs torch is written by the worker, whose banner is at the top of the page.
    """
    st.subheader("Classifier")
    st.write(
        "The network taught with your answers, for labeller and for programs without it: weights "
        "as safetensors, ONNX and `torch.export`, the names of the classes, a program of a few "
        "lines, and a card that says what taught it and how good it is."
    )
    reason = "" if ready else "There is no classifier yet: answer questions, review, and retrain."
    left_out = service.classifier_left_out(store, project) if ready else None
    if left_out is None:
        _offer_to_prepare(store, project, reason)
    else:
        st.download_button(
            "Download the classifier",
            partial(service.classifier_archive, store, project),
            file_name=f"{file_name(project, 'classifier')}.zip",
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="download classifier",
        )
        for file, why in left_out.items():
            st.caption(f":material/info: Without {file}: {sentence(why)}")
    if ready:
        with st.expander("Use it in Python", icon=":material/code:", expanded=True):
            st.code(snippet(project), language="python")
            st.caption("Without labeller: `python use.py new.png`, with onnxruntime and Pillow.")


def _offer_to_prepare(store: Store, project: ProjectView, reason: str) -> None:
    job = service.last_job(store, project, "portable")
    writing = job is not None and job.active
    pressed = st.button(
        "Prepare the classifier",
        icon=":material/deployed_code:",
        disabled=bool(reason) or writing,
        help=reason or "Takes a few seconds; then it can be downloaded.",
        key="prepare classifier",
    )
    if reason:
        st.caption(f":material/info: {reason}")
    if writing:
        st.caption("It is being written; the download appears here.")
    if pressed:
        with showing_errors():
            service.prepare_classifier(store, project)
            st.rerun()
