"""The pieces of the Projects page: one card per project, and what the worker does for them."""

import pandas as pd
import streamlit as st

from labeller import service
from labeller.records import ImportReport, ProjectView
from labeller.service import Store
from labeller.ui.frame.job_banner import job_box, message_text, speed_text, stage_text
from labeller.ui.frame.navigation import page_info
from labeller.ui.frame.page import choose_project, may, open_page, showing_errors
from labeller.ui.frame.text import escape, sentence, source_name
from labeller.ui.projects.creation import free_name
from labeller.ui.projects.saving import save
from labeller.ui.widgets.classes import manage_classes
from labeller.ui.widgets.sprites import data_uri, is_photo, png, sprite

THUMBNAILS = 14


def running_jobs(store: Store) -> None:
    """What the worker does for all projects; polled once a second while anything is active."""
    jobs = [job for job in service.jobs(store) if job.active]
    if jobs:
        st.fragment(_running_jobs, run_every=1.0)(store, tuple(job.id for job in jobs))


def project_card(store: Store, project: ProjectView) -> None:
    """One project: some of its images, where it stands, the next step, and what to do with it."""
    with st.container(border=True, height="stretch", gap="small"):
        head, menu = st.columns([6, 1], vertical_alignment="center")
        head.markdown(f"#### {escape(project.name)}")
        words = "Rename, copy, save, classes, delete"
        if may(store, "rename_project"):
            with menu.popover(
                "", icon=":material/more_vert:", help=words, key=f"menu {project.id}"
            ):
                _actions(store, project)
        st.caption(describe(project))
        if project.state == "import failed":
            _failed(store, project)
            return
        if project.state == "importing":
            st.markdown(":blue-badge[:material/hourglass_top: importing]")
            return
        with showing_errors():
            _pictures(store, project)
        if project.round is not None or project.answers:
            _standing(project)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            step = project.next_step
            if st.button("Open", key=f"open {project.id}", type="primary"):
                choose_project(project)
                open_page("train" if step.page == "projects" else step.page)
            st.caption(f"**Next, {page_info(step.page).title}:** {escape(step.text)}")
        if project.encoder_choice is not None:
            st.caption(f":material/visibility: {escape(project.encoder_choice.reason)}")
        for note in project.notes:
            st.caption(f":material/info: {escape(note)}")
        if project.report is not None:
            _import_report(project.report)
        for report in project.added:
            _import_report(report, "Added: ")


def describe(project: ProjectView) -> str:
    """The project's images in a line: source, how many, how large, how they are labelled."""
    parts = [escape(source_name(project))]
    if project.count:
        colours = "colour" if project.channels == 3 else "grey"
        parts.append(f"{project.count:,} images")
        parts.append(f"{project.width} × {project.height} pixels, {colours}")
    if project.classes:
        parts.append(f"{len(project.classes)} classes")
    parts.append(f"{project.preset} preset")
    return " · ".join(parts)


def _import_report(report: ImportReport, words: str = "") -> None:
    """What an import found and took, and by reason what it left out."""
    st.caption(f":material/input: {words}{escape(report.text)}")
    if report.left_out:
        rows = [(each.count, each.reason, ", ".join(each.names)) for each in report.left_out]
        with st.expander(f"{report.found - report.taken:,} left out", icon=":material/warning:"):
            st.dataframe(pd.DataFrame(rows, columns=["files", "reason", "first"]), hide_index=True)


def _pictures(store: Store, project: ProjectView) -> None:
    """A strip of images drawn evenly from the project, as one picture."""
    chosen = [round(i * (project.count - 1) / THUMBNAILS) for i in range(1, THUMBNAILS + 1)]
    images = service.pictures(store, project, chosen, 128)
    words = "some images of the project"
    if is_photo(images):
        uri = data_uri(sprite(images, columns=THUMBNAILS // 2, gap=6), photo=True)
        st.html(f'<img src="{uri}" style="width: 100%" alt="{words}">')
        return
    scale = max(1, round(128 / images.shape[2]))
    strip = sprite(images, columns=THUMBNAILS // 2, scale=scale, gap=6)
    st.image(png(strip), width="stretch", output_format="PNG", alt=words)


def _standing(project: ProjectView) -> None:
    """Round, answers, share of images labelled, and accuracy where it is known."""
    meaning = "Share of the images that have a label, by the answers of all rounds."
    accuracy = project.test_accuracy
    text = "–" if accuracy is None else f"{accuracy:.1%}"
    # As many in a row as there is room for: columns would cut their numbers.
    with st.container(horizontal=True, gap="medium"):
        st.metric("Round", project.round or "–", width="content")
        st.metric("Answers", f"{project.answers:,}", width="content")
        st.metric("Images with a label", f"{project.covered:.0%}", help=meaning, width="content")
        newest = "Of the newest finished round."
        st.metric("Test accuracy", text, help=newest, width="content")


def _failed(store: Store, project: ProjectView) -> None:
    """Why the images could not be imported, and what can be done."""
    job = service.last_job(store, project, "ingest")
    reason = job.error if job and job.error else "The import was stopped before it was done."
    st.error(sentence(reason), icon=":material/error:")
    st.caption(
        "When the cause is mended, import again; else delete this project and create another."
    )
    if (
        job is not None
        and may(store, "resume")
        and st.button("Import again", key=f"import {project.id}", type="primary")
    ):
        with showing_errors():
            service.resume(store, job.id)
            st.rerun()


def _actions(store: Store, project: ProjectView) -> None:
    """Rename, duplicate and delete; deleting asks for the project's name."""
    number = project.id
    name = st.text_input("Name", project.name, max_chars=80, key=f"name {number} {project.name}")
    with showing_errors(ValueError):
        if st.button("Rename", key=f"rename {number}", disabled=name.strip() in ("", project.name)):
            service.rename_project(store, project, name)
            st.query_params["project"] = name.strip()
            st.rerun()
        if st.button("Duplicate", key=f"copy {number}", icon=":material/content_copy:"):
            taken = {each.name for each in service.projects(store)}
            service.duplicate_project(store, project, free_name(f"{project.name} copy", taken))
            st.rerun()
    save(store, project)
    _add(store, project)
    if st.button("Classes", key=f"classes {number}", icon=":material/category:"):
        manage_classes(store, project)
    st.divider()
    typed = st.text_input(
        "To delete, type the project's name", key=f"sure {number}", placeholder=project.name
    )
    st.caption("Its images here, networks, rounds and answers are removed for ever.")
    sure = typed.strip() == project.name
    if st.button("Delete", key=f"delete {number}", disabled=not sure, icon=":material/delete:"):
        with showing_errors(ValueError):
            service.delete_project(store, project)
            st.query_params.pop("project", None)
            st.rerun()


def _add(store: Store, project: ProjectView) -> None:
    """More images for a project that has some."""
    source = st.text_input(
        "Add images", key=f"source {project.id}", placeholder="/home/me/more pictures",
        help="A folder, zip or table on this computer. Images that are there already are not taken "
        "again; numbers, answers and rounds stay as they are.",
    ).strip()  # fmt: skip
    upload = st.file_uploader("or a zip of them", type=["zip"], key=f"more {project.id}")
    ready = bool(source or upload) and project.count > 0
    with showing_errors(ValueError):
        if st.button("Add", key=f"add {project.id}", disabled=not ready, icon=":material/add:"):
            if upload is not None:
                source = str(service.save_upload(store, upload.name, upload))
            service.add_images(store, project, source)
            service.ensure_worker(store)
            st.rerun()


@showing_errors()
def _running_jobs(store: Store, numbers: tuple[int, ...]) -> None:
    service.ensure_worker(store)
    jobs = [service.job(store, number) for number in numbers]
    if not all(job.active for job in jobs):
        st.rerun(scope="app")
    names = {project.id: project.name for project in service.projects(store)}
    for job in jobs:
        speed = speed_text(job) if job.stage == "train" else ""
        name = escape(names.get(job.project or 0, job.title))
        with job_box(store, job, f"**{name}** · {escape(stage_text(job))} :gray[{escape(speed)}]"):
            if job.total:
                st.progress(min(job.done / job.total, 1.0))
            if job.message and job.stage != "train":
                st.caption(message_text(job))
