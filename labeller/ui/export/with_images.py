"""The part of the Export page where labels and images are written into one zip."""

import tempfile
import time
from pathlib import Path
from typing import Any

import streamlit as st

from labeller import service
from labeller.events import Progress
from labeller.exports import FolderFormat
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.export.exports import file_name, summary
from labeller.ui.frame.page import showing_errors
from labeller.ui.frame.text import sentence
from labeller.ui.widgets.forms import settings_form

LARGEST = 400 * 2**20  # bytes: the server holds a download in memory


def with_images(store: Store, project: ProjectView, reason: str) -> None:
    """The choice of a format and its settings, and the zip; `reason` why there is none yet."""
    st.subheader("Labels with their images")
    formats = {cls.name: cls for cls in service.folder_formats()}
    key = f"export {project.id}"
    name = st.selectbox(
        "Format", list(formats), format_func=lambda each: formats[each].title, key=f"{key} format"
    )
    cls = formats[name]
    st.caption(summary(cls))
    # A download is a zip, in which nothing can be linked.
    only = [field for field in cls.Config.model_fields if field != "link"]
    record = settings_form(cls.Config(), f"{key} {name}", only=only)
    settings = record.model_dump(exclude={"link"})
    size = int(service.images_of(store, project).shapes[:, 2].sum())
    if settings.get("images", True) and size > LARGEST:
        st.info(
            f"The images have {size / 2**30:.1f} GB, too many for a download: the command below "
            "writes them to a zip or a folder.",
            icon=":material/terminal:",
        )
        return
    if st.button("Make the zip", disabled=bool(reason), help=reason or None, key=f"{key} make"):
        with showing_errors(ValueError):
            _make(store, project, cls, settings)
    made = st.session_state.get(f"{key} made")
    if made is not None and made["of"] == (name, settings):
        _offer(project, cls, made)


def _make(
    store: Store, project: ProjectView, cls: type[FolderFormat], settings: dict[str, Any]
) -> None:
    """Writes the zip under a progress bar and keeps it for the session."""
    bar, notices = st.progress(0.0, "Writing images"), [""]

    def report(event: Progress) -> None:
        if event.total:
            bar.progress(event.done / event.total, f"{event.done:,} of {event.total:,} images")
        notices.append(event.notice)

    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"labels{cls.suffix}"
            service.export_labels(store, project, path, cls.name, settings, report)
            content = path.read_bytes()
    finally:
        bar.empty()
    st.session_state[f"export {project.id} made"] = {
        "of": (cls.name, settings),
        "content": content,
        "notice": notices[-1],
        "at": time.strftime("%H:%M"),
    }


def _offer(project: ProjectView, cls: type[FolderFormat], made: dict[str, Any]) -> None:
    st.download_button(
        f"Download {cls.title}",
        made["content"],
        file_name=f"{file_name(project, 'labels')}{cls.suffix}",
        mime=cls.mime,
        icon=":material/download:",
        on_click="ignore",
        key=f"download {cls.name}",
    )
    st.caption(f"{len(made['content']) / 2**20:,.1f} MB, as the labels were at {made['at']}.")
    if made["notice"]:
        st.info(sentence(made["notice"]), icon=":material/info:")
