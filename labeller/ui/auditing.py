"""The body of the Audit page: draw, label one image after the other, and read the estimate."""

from collections.abc import Callable, Sequence

import streamlit as st

from labeller import figures, service
from labeller.audit_records import AuditEstimate, AuditView
from labeller.errors import LabellerError
from labeller.records import ClassView, ProjectView
from labeller.service import Store
from labeller.ui.frame import escape, showing_errors
from labeller.ui.sprites import png, sprite

SIDE = 300  # pixels of the image on show, about
KEYS = "1234567890"
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


@st.fragment
def label_images(store: Store, project: ProjectView) -> None:
    """One image, the classes by keys, and the estimate so far; a key runs only this again."""
    project = service.project(store, project.id)
    view = service.audit(store, project)
    if view is None:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        progress, picture = st.container(), st.container()
        # The buttons of an image come before the image, which a person answers when it is seen.
        _buttons(store, project, view)
        with picture:
            if view.next is None:
                st.success("All images of the audit are done.", icon=":material/check_circle:")
            else:
                _image(store, project, view.next)
        with progress:
            _progress(view)
    with right, showing_errors():
        _estimate(store, project, view)
        _enlarge(store, project, view)


def class_keys(classes: Sequence[ClassView]) -> dict[int, str]:
    """The key of each class, by label, as on the Label page: a class called by a digit has it."""
    free = list(KEYS)
    keys = {}
    for one in classes:
        if one.name in free:
            keys[one.label] = one.name
            free.remove(one.name)
    rest = [*free, *(f"Shift+{key}" for key in KEYS)]
    for one in classes:
        if one.label not in keys and rest:
            keys[one.label] = rest.pop(0)
    return keys


def _progress(view: AuditView) -> None:
    done, size = len(view.said), len(view.images)
    skipped = f" · {view.skipped} could not be told" if view.skipped else ""
    st.progress(done / size, text=f"**{done} of {size}** saved{skipped}")


def _image(store: Store, project: ProjectView, image: int) -> None:
    pixels = service.images(store, project, [image])
    with st.container(horizontal_alignment="center"):
        sheet = png(sprite(pixels, columns=1, scale=max(1, round(SIDE / pixels.shape[2]))))
        st.image(sheet, width=SIDE, output_format="PNG", alt=f"image {image}")


def _buttons(store: Store, project: ProjectView, view: AuditView) -> None:
    """Classes, cannot tell and undo. A callback commits before the page is drawn again.

    The keys carry the image: a key pressed before the next image is seen never labels that one.
    """
    keys, key = class_keys(project.classes), f"audit {project.id} {view.next}"
    idle = view.next is None
    with st.container(horizontal=True, gap="xsmall"):
        for one in project.classes:
            st.button(
                escape(one.name), key=f"{key} class {one.label}", shortcut=keys.get(one.label),
                disabled=idle, on_click=_say, args=(store, project, view.next, one.label),
            )  # fmt: skip
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Cannot tell", key=f"{key} skip", shortcut="X", disabled=idle, icon=":material/help:",
            on_click=_say, args=(store, project, view.next, None),
        )  # fmt: skip
        st.button(
            "Undo", key=f"{key} undo", shortcut="U", disabled=view.newest is None,
            icon=":material/undo:", on_click=_undo, args=(store, project),
        )  # fmt: skip
    for message in st.session_state.pop(f"audit {project.id} failed", []):
        st.error(escape(message), icon=":material/error:")


def _say(store: Store, project: ProjectView, image: int, label: int | None) -> None:
    _trying(project, lambda: service.answer_audit(store, project, image, label))


def _undo(store: Store, project: ProjectView) -> None:
    _trying(project, lambda: service.undo_audit(store, project))


def _trying(project: ProjectView, act: Callable[[], object]) -> None:
    """Does what a button says; what went wrong is shown where the button stands."""
    try:
        act()
    except (LabellerError, ValueError) as error:
        st.session_state.setdefault(f"audit {project.id} failed", []).append(str(error))


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
    cells = st.columns(len(report.now))
    for cell, one in zip(cells, report.now, strict=True):
        cell.metric(
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
