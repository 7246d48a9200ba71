"""Export: the labels of all images, the classifier that they taught, and a report."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from labeller import service
from labeller.errors import StateError
from labeller.records import ProjectView
from labeller.service import Store
from labeller.ui.export import exports
from labeller.ui.export.classifier import classifier
from labeller.ui.export.with_images import with_images
from labeller.ui.frame.page import current_project, empty_state, job_banner, next_step, page
from labeller.ui.frame.text import sentence
from labeller.ui.widgets.forms import settings_form

PREVIEW = 1000


def main() -> None:
    """The whole page."""
    store = page("Export", ":material/download:")
    project = current_project(store)
    try:
        table = service.labels_table(store, project)
    except StateError as reason:
        empty_state("Nothing to export yet", sentence(str(reason)), project.next_step.page)
        job_banner(store, project)
        return
    next_step(store, project)
    job_banner(store, project)
    labels(store, project, table)
    classifier(store, project, ready="predicted" in table)
    report(store, project)
    with st.expander("The same from the command line", icon=":material/terminal:"):
        st.code(exports.commands(project), language="bash")


def labels(store: Store, project: ProjectView, table: pd.DataFrame) -> None:
    """The table of labels: a preview, a download per format, and what each column means."""
    st.subheader("Labels")
    labelled = int((table["label"] >= 0).sum())
    words = f"**{labelled:,}** of {project.train:,} images have a label from your answers."
    if project.test:
        words += f" {project.test:,} more are held out to measure with, and get none."
    if "predicted" in table:
        words += " The classifier has an opinion on all of them."
    st.markdown(words)
    reason = "" if labelled or "predicted" in table else "Answer at least one question first."
    settings = formats_settings(project)
    with st.container(horizontal=True):
        for place, format in enumerate(service.export_formats()):
            st.download_button(
                f"Download {format.title}",
                partial(exports.file_of, store, project, format.name, settings.get(format.name)),
                file_name=f"{exports.file_name(project, 'labels')}{format.suffix}",
                mime=format.mime,
                type="secondary" if place else "primary",
                icon=":material/download:",
                disabled=bool(reason),
                help=reason or f"One row per image, {len(table):,} rows.",
                on_click="ignore",
                key=f"download {format.name}",
            )
    if reason:
        st.caption(reason)
    if len(table) > PREVIEW:
        st.caption(f"The first {PREVIEW:,} rows; the files hold all {len(table):,}.")
    st.dataframe(
        service.with_blanks(table.head(PREVIEW)),
        hide_index=True,
        height=320,
        column_config=exports.table_config(table),
    )
    with st.expander("What the columns mean", icon=":material/help:"):
        st.dataframe(exports.column_help(table), hide_index=True, height="content")
    with_images(store, project, reason)


def formats_settings(project: ProjectView) -> dict[str, dict[str, Any]]:
    """What the person sets of the formats of tables that have settings, by their names."""
    chosen = {}
    with st.expander("Settings of the files", icon=":material/tune:"):
        for format in service.export_formats():
            if format.Config.model_fields:
                st.markdown(f"**{format.title}**")
                record = settings_form(format.Config(), f"export {project.id} {format.name}")
                chosen[format.name] = record.model_dump()
    return chosen


def report(store: Store, project: ProjectView) -> None:
    """One page of HTML to send to somebody."""
    st.subheader("Report")
    st.write(
        "A page for somebody without the app: images, classes with examples, accuracy and audit, "
        "rounds, mistakes, settings. One file with all pictures in it; it can be printed."
    )
    st.download_button(
        "Download the report",
        partial(service.report_html, store, project),
        file_name=f"{exports.file_name(project, 'report')}.html",
        mime="text/html",
        icon=":material/description:",
        on_click="ignore",
        key="download report",
    )


main()
