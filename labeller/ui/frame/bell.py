"""A button beside a running job: the browser tells when it is done, while one looks elsewhere."""

from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path

import streamlit as st

from labeller.jobs.kinds import QUICK_JOBS
from labeller.records import JobView, ProjectView

_FOLDER = Path(__file__).parent
WIDTH = 230  # of the longest of its words
LATEST = 5  # jobs of the project, among which is the one that was asked about


def mount_bell(project: ProjectView, jobs: Iterable[JobView], running: JobView | None) -> None:
    """Offers to tell of the end of `running`, and tells of the end of one that was asked about.

    `jobs` of the project, newest first. The browser is asked for its permission by a click alone.
    """
    words = {"done": "is done", "failed": "failed", "cancelled": "was cancelled"}
    ended = [
        {
            "id": job.id,
            "title": job.title,
            "words": words.get(job.state, f"was {job.state}"),
            "project": project.name,
        }
        for job in list(jobs)[:LATEST]
        if not job.active
    ]
    offered = running is not None and running.kind not in QUICK_JOBS
    bell = st.components.v2.component(
        "labeller_bell",
        css=(_FOLDER / "bell.css").read_text(encoding="utf-8"),
        js=(_FOLDER / "bell.js").read_text(encoding="utf-8"),
    )
    data = {"ended": ended, "running": {"id": running.id} if running and offered else None}
    # Where it shows nothing it stands in the sidebar, where it moves nothing.
    with nullcontext() if offered else st.sidebar:
        bell(key=f"bell {project.id}", data=data, height=28 if offered else 1, width=WIDTH)
