"""The Compare page's handling of comparisons: the choice of one, progress, and export."""

from functools import partial

import streamlit as st

from labeller import service
from labeller.records import ComparisonView, JobView, ProjectView
from labeller.service import Store
from labeller.ui.compare.report import csv_file, html_file
from labeller.ui.export.exports import file_name
from labeller.ui.frame.job_banner import job_box, show_notice, speed_text, stage_text
from labeller.ui.frame.page import showing_errors
from labeller.ui.frame.text import escape, sentence


def choose(
    store: Store, project: ProjectView, views: list[ComparisonView]
) -> ComparisonView | None:
    """Which comparison is shown; its name, its files and its end stand beside it."""
    by_number = {view.number: view for view in views}
    left, files, menu = st.columns([6, 3, 1], vertical_alignment="bottom")
    number = left.selectbox(
        "Comparison",
        list(by_number),
        format_func=lambda each: _title(by_number[each]),
        key=f"comparison {project.id} of {len(views)} {views[0].number}",
    )
    view = by_number[number]
    with files.container(horizontal=True):
        for ending, make, what in (
            ("csv", csv_file, "One row per run."),
            ("html", html_file, "Tables, plots, maps and pictures in one file."),
        ):
            st.download_button(
                ending.upper(),
                partial(make, store, project, number),
                file_name=f"{file_name(project, f'comparison-{number}')}.{ending}",
                mime=f"text/{ending}",
                icon=":material/download:",
                disabled=not view.done or bool(view.broken),
                on_click="ignore",
                help=what,
                key=f"download {ending} {project.id} {number}",
            )
    if service.may(store, "delete_comparison"):
        with menu.popover("", icon=":material/more_vert:", help="Rename, delete"):
            _actions(store, project, view)
    return view


def standing(store: Store, project: ProjectView, view: ComparisonView) -> None:
    """What is missing or went wrong, and the button that goes on."""
    if view.broken:
        st.error(
            f"{sentence(view.broken)} The menu on the right does that.", icon=":material/error:"
        )
        return
    for label, error in view.errors:
        st.warning(f"**{escape(label)}** failed: {escape(error)}", icon=":material/error:")
    if view.running or view.finished:
        return
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.caption(f"{view.done} of {view.total} runs are done.")
    label = "Run the others" if not view.failed else "Try again"
    if button.button(label, icon=":material/play_arrow:", key=f"go on {view.number}"):
        with showing_errors(ValueError):
            service.continue_comparison(store, project, view.number)
            service.ensure_worker(store)
            st.rerun()


def watch(store: Store, project: ProjectView, job: JobView) -> None:
    """The running comparison, polled once a second; each finished run draws the page again."""
    number = int(str(job.arguments.get("comparison", 0)))
    done = service.comparison(store, project, number).done
    st.fragment(_watch, run_every=1.0)(store, project.id, job.id, number, done)


def _title(view: ComparisonView) -> str:
    if view.broken:
        return f"{view.name} · cannot be read"
    state = "" if view.finished else f" · {view.done} of {view.total} runs"
    return f"{view.name} · {view.created_at:%d %b %Y, %H:%M}{state}"


def _actions(store: Store, project: ProjectView, view: ComparisonView) -> None:
    key = f"{project.id} {view.number}"
    if not view.broken:
        _rename(store, project, view, key)
        st.divider()
    sure = st.checkbox("Delete it with all its runs", key=f"sure {key}", disabled=view.running)
    if st.button("Delete", key=f"delete {key}", disabled=not sure, icon=":material/delete:"):
        with showing_errors(ValueError):
            service.delete_comparison(store, project, view.number)
            st.rerun()


def _rename(store: Store, project: ProjectView, view: ComparisonView, key: str) -> None:
    name = st.text_input("Name", view.name, max_chars=80, key=f"name of {key} {view.name}")
    with showing_errors(ValueError):
        unchanged = name.strip() in ("", view.name)
        if st.button("Rename", key=f"rename {key}", disabled=unchanged):
            service.rename_comparison(store, project, view.number, name)
            st.rerun()


@showing_errors()
def _watch(store: Store, project: int, number: int, comparison: int, done: int) -> None:
    service.ensure_worker(store)
    job = service.job(store, number)
    view = service.comparison(store, project, comparison)
    if not job.active or view.done != done:
        st.rerun(scope="app")
    head = f"**{escape(view.name)}** · {view.done} of {view.total} runs done"
    with job_box(store, job, f"{head} &nbsp; :gray[{escape(speed_text(job))}]"):
        share = job.done / job.total if job.total and job.stage == "train" else 0.0
        st.progress(min(max((view.done + share) / max(1, view.total), 0.0), 1.0))
        st.caption(escape(f"{stage_text(job)}: {job.message}" if job.message else stage_text(job)))
        show_notice(job)
