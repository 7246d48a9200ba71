"""A project as a file: made in the menu of its card, and opened beside the form of a new one."""

import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from labeller import service
from labeller.events import Progress, Report
from labeller.records import ProjectView
from labeller.service import Store
from labeller.service.saving import SUFFIX
from labeller.ui.export.exports import file_name
from labeller.ui.frame.page import choose_project, open_page, showing_errors
from labeller.ui.projects.creation import largest_upload

LARGEST = 400 * 2**20  # bytes: the server holds a download in memory


def save(store: Store, project: ProjectView) -> None:
    """The button that writes the file, and then the one that downloads it."""
    made = st.session_state.get(f"saved {project.id}")
    pressed = st.button(
        "Save as a file", key=f"save {project.id}", icon=":material/save:",
        disabled=not project.count,
        help="Images, networks, rounds and answers in one file: for another computer, another "
        "person, or to keep.",
    )  # fmt: skip
    if pressed:
        with showing_errors():
            made = st.session_state[f"saved {project.id}"] = _saved(store, project)
    if made is None:
        return
    if made["content"] is None:
        st.caption(f"It has {made['bytes'] / 2**30:.1f} GB, too much for a download:")
        st.code(f"labeller save {shlex.quote(project.name)} project{SUFFIX}", language="bash")
        return
    st.download_button(
        f"Download, {made['bytes'] / 2**20:,.1f} MB",
        made["content"],
        file_name=f"{file_name(project, 'project')}{SUFFIX}",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key=f"download saved {project.id}",
    )
    st.caption(f"As the project was at {made['at']}.")


def open_saved(store: Store) -> None:
    """An upload that becomes a project, under its own name or another."""
    upload = st.file_uploader(
        f"A saved project, up to {largest_upload():g} GB; `labeller load` takes larger ones",
        type=[SUFFIX.lstrip("."), "zip"], key="saved project",
    )  # fmt: skip
    name = st.text_input("Name", placeholder="the one that it had", max_chars=80, key="saved name")
    pressed = st.button(
        "Open it", icon=":material/file_open:", disabled=upload is None, key="open saved"
    )
    if not pressed or upload is None:
        return
    with showing_errors(ValueError):
        path = service.save_upload(store, upload.name, upload)
        try:
            with _bar("Reading") as report:
                view = service.load_project(store, path, name.strip() or None, report)
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)
        choose_project(view)
        open_page(view.next_step.page)


def _saved(store: Store, project: ProjectView) -> dict[str, Any]:
    """The file's bytes, None where it is too large to download."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"project{SUFFIX}"
        with _bar("Writing") as report:
            service.save_project(store, project, path, report)
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST else None
        return {"bytes": size, "content": content, "at": time.strftime("%H:%M")}


@contextmanager
def _bar(words: str) -> Iterator[Report]:
    """A progress bar that is gone at the end."""
    bar = st.progress(0.0, words)

    def report(event: Progress) -> None:
        bar.progress(min(event.done / event.total, 1.0) if event.total else 1.0, words)

    try:
        yield report
    finally:
        bar.empty()
