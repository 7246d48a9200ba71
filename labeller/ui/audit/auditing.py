"""The body of the Audit page: draw, label one image after the other, and read the estimate."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from labeller import figures, service
from labeller.records import AuditEstimate, AuditView, ProjectView
from labeller.service import Store
from labeller.ui.audit.card import apply_log, mount_card
from labeller.ui.audit.card.payload import card_data, chunks, session_name, sheets
from labeller.ui.frame.page import escape, showing_errors
from labeller.ui.widgets.pieces import mount_pictures, mount_wake, recent_sheets
from labeller.ui.widgets.pieces.ledger import ledger_of

WHAT = {"labels": "Labels of your answers", "classifier": "Classifier"}


def draw_form(store: Store, project: ProjectView) -> None:
    """The empty state: what an audit is, how large, and the button that draws it."""
    least, largest, suggested = service.audit_sizes(store, project)
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.space("small")
        st.markdown("### How right are the labels?", width="content")
        st.markdown(
            "Label a few **random** images yourself, one by one. They are never trained on; "
            "comparing them with the labels of your answers tells how many of all labels are "
            "right, and how surely. They are drawn once and never exchanged; you can add more.",
            width=620,
            text_alignment="center",
        )
        size = st.number_input(
            "Images", least, largest, suggested, 25, key=f"audit size {project.id}", width=160,
            help="300 images tell an accuracy of about 95 % to ±2.5 points.",
        )  # fmt: skip
        if st.button("Draw the images", type="primary", icon=":material/casino:"):
            with showing_errors():
                service.draw_audit(store, project, int(size))
                st.rerun()
        st.space("small")


def label_images(store: Store, project: ProjectView) -> None:
    """The images one by one, and the estimate so far."""
    _label_images(store, project)
    mount_wake("audit wake")


@st.fragment
@showing_errors()
def _label_images(store: Store, project: ProjectView) -> None:
    """The card and the estimate; a key runs only this again, after it was painted."""
    key = f"audit card {project.id}"
    _apply(store, project, key)
    project = service.project(store, project.id)
    view = service.audit(store, project)
    if view is None:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        mount_card(
            {**card_data(project, view), **ledger_of("audit").data()},
            key,
            on_log=lambda: _apply(store, project, key),
        )
        for place, images in enumerate(chunks(view)):
            session = session_name(project, view)
            made = _sheets(store, project, session, images) if images else {}
            mount_pictures({"session": session, "sheets": made}, f"{key} pictures {place}")
    with right, showing_errors():
        _estimate(store, project, view)
        _enlarge(store, project, view)


def _apply(store: Store, project: ProjectView, key: str) -> None:
    """Commits what the card called `key` has sent.

    Called before the card is drawn and when its log changes: the second also runs when the person
    has left the page already, the first also after a lost connection.
    """
    apply_log(ledger_of("audit"), store, project, st.session_state.get(key, {}).get("log"))


def _sheets(
    store: Store, project: ProjectView, session: str, images: tuple[int, ...]
) -> dict[str, Any]:
    """The pictures of a chunk, made once."""
    made, name = recent_sheets(), f"{store.folder}/{session}/{images}"
    if name not in made:
        made[name] = sheets(images, partial(service.pictures, store, project))
    pictures: dict[str, Any] = made[name]
    return pictures


def _estimate(store: Store, project: ProjectView, view: AuditView) -> None:
    st.subheader("Estimated accuracy", anchor=False)
    report = service.audit_report(store, project)
    if report is None or not (report.now or report.rounds):
        words = (
            "Label the first images; the estimate appears here and narrows with each of them."
            if not view.labelled
            else "There are no labels to compare with yet: answer some questions on the Label page."
        )
        st.info(words, icon=":material/info:")
        return
    # Below each other where columns would cut their numbers.
    with st.container(horizontal=True):
        for one in report.now:
            st.metric(
                WHAT[one.what], f"{one.accuracy:.1%}", f"{one.low:.1%} to {one.high:.1%}",
                delta_color="off", delta_arrow="off", border=True,
                help=f"{one.right} of {one.asked} audit images agree. The share among all training "
                "images lies in the interval in 95 of 100 such audits (Wilson).",
            )  # fmt: skip
    st.plotly_chart(
        figures.interval_rows(_rows(report.now, report.rounds)),
        key=f"audit intervals {project.id}",
        config={"displayModeBar": False},
    )
    st.markdown(f":material/lightbulb: {escape(report.advice)}")


def _rows(
    now: Sequence[AuditEstimate], rounds: Sequence[AuditEstimate]
) -> list[tuple[str, float, float, float]]:
    """The present estimates on top, then the classifiers of earlier rounds, newest first."""
    shown = [(WHAT[one.what], one) for one in now]
    shown += [(f"Round {one.round}, {one.answers} answers", one) for one in reversed(rounds[:-1])]
    return [(name, one.low, one.accuracy, one.high) for name, one in shown]


def _enlarge(store: Store, project: ProjectView, view: AuditView) -> None:
    size = len(view.images)
    with st.expander("Details, and more images", icon=":material/tune:"):
        st.caption(
            "The images are a random sample of the training images, so the shares hold for all of "
            "them. From the next retraining on, the audit's images are left out of the training "
            "with labels. Images that cannot be told are left out of the estimate, and they tend "
            "to be the harder ones."
        )
        if size >= view.largest:
            return
        wanted = st.number_input(
            "Images in all", size, view.largest, min(view.largest, size + 100), 25,
            key=f"audit larger {project.id} {size}", width=160,
        )  # fmt: skip
        if st.button("Add images", icon=":material/add:", disabled=wanted <= size):
            service.draw_audit(store, project, int(wanted))
            st.rerun()
