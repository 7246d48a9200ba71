"""The job banner: what the worker does for a project, with progress, time left and cancel."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Literal

import streamlit as st

from labeller import service
from labeller.records import JobView, ProjectView
from labeller.service import Store
from labeller.ui.frame.bell import mount_bell
from labeller.ui.frame.errors import showing_errors
from labeller.ui.frame.text import escape, sentence

STAGES = {
    "scan": "Listing the images",
    "inspect": "Looking at the images",
    "download": "Downloading",
    "ingest": "Importing images",
    "import": "Importing images",
    "choose-encoder": "Choosing the encoder",
    "encode-features": "Computing features",
    "train": "Training",
    "fit": "Fitting to the images",
    "student": "Teaching the classifier",
    "head": "Fitting the classifier",
    "encode": "Encoding images",
    "embed": "Finding the space",
    "cluster": "Clustering",
    "cards": "Preparing questions",
    "evaluate": "Measuring",
    "map": "Drawing the map",
    "predict": "Labelling new images",
    "portable": "Writing the classifier",
    "cell": "Comparing",
    "probes": "Measuring",
    "layers": "Probing the layers",
    "answers": "Counting answers",
    "mlp": "Training small networks",
}


def job_banner(
    store: Store, project: ProjectView, *, hidden: tuple[str, ...] = (), line: bool = False
) -> None:
    """Shows the active job of the project and polls it, once a second, until it ends.

    Then the whole page runs again. Kinds in `hidden` are polled without being drawn; as a `line` it
    leaves the room to what is below. When nothing is active but the last job failed, its message
    and a button to resume are shown. Call it once a page: it is the page's only polling fragment.
    """
    jobs, job = service.jobs(store, project), service.active_job(store, project)
    drawn = None if job is None or job.kind in hidden else job
    if job is None:
        _offer_resume(store, project)
    with st.container(horizontal=line, vertical_alignment="center") if drawn else nullcontext():
        if job is not None:
            st.fragment(_poll, run_every=1.0)(store, job.id, hidden, line)
        mount_bell(project, jobs, drawn)


def duration(seconds: float) -> str:
    """A time for people: `45 s`, `3 min 20 s`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes < 10 else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def stage_text(job: JobView) -> str:
    """The present step of the job in words: `Training, epoch 3 of 12`."""
    if job.cancelling:
        return "Cancelling"
    if job.state == "queued":
        return f"{job.title}: {job.waits or 'waiting'}"
    stage = STAGES.get(job.stage, job.stage.capitalize() or "Starting")
    if job.stage == "train" and job.total:
        return f"{stage}, epoch {min(job.done + 1, job.total)} of {job.total}"
    return stage


def message_text(job: JobView) -> str:
    """What the worker says of the step, safe inside Markdown and with a capital letter."""
    return escape(job.message[:1].upper() + job.message[1:])


def speed_text(job: JobView) -> str:
    """Images per second and time left, as far as the job reported them."""
    parts = []
    if (speed := job.metrics.get("images_per_second")) is not None:
        parts.append(f"{speed:,.0f} images/s")
    if (left := job.metrics.get("seconds_left")) is not None:
        parts.append(f"{duration(left)} left")
    return " · ".join(parts)


def show_notice(job: JobView) -> None:
    """What the person should know of the job's result, if there is something."""
    if job.notice:
        st.warning(sentence(job.notice), icon=":material/info:")


def running(store: Store, number: int) -> JobView:
    """The job, which a worker does; once it has ended the whole page runs again."""
    service.ensure_worker(store)
    job = service.job(store, number)
    if not job.active:
        st.rerun(scope="app")
    return job


@contextmanager
def job_box(store: Store, job: JobView, words: str) -> Iterator[None]:
    """A box around a running job: `words` and a button that cancels it, above what is inside."""
    with st.container(border=True, gap="small"):
        left, right = st.columns([6, 1], vertical_alignment="center")
        left.markdown(words)
        with right:
            _cancel_button(store, job, "stretch")
        yield


def _cancel_button(store: Store, job: JobView, width: Literal["stretch", "content"]) -> None:
    label, key = "Cancelling" if job.cancelling else "Cancel", f"cancel {job.id}"
    if service.may(store, "cancel") and st.button(
        label, key=key, disabled=job.cancelling, width=width
    ):
        service.cancel(store, job.id)
        st.rerun(scope="fragment")


def show_progress(job: JobView, *, message: bool) -> None:
    """How far the present step is, with what the worker says of it, and what to know of the job."""
    st.progress(_share(job))
    if job.message and message:
        st.caption(message_text(job))
    show_notice(job)


def _share(job: JobView) -> float:
    """How much of the present step is done."""
    return min(max(job.done / job.total if job.total else 0.0, 0.0), 1.0)


@showing_errors()
def _poll(store: Store, number: int, hidden: tuple[str, ...], line: bool) -> None:
    job = running(store, number)
    if job.kind in hidden:
        return
    speed = escape(speed_text(job))
    if line:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(_share(job), f"**{escape(stage_text(job))}** :gray[{speed}]")
            _cancel_button(store, job, "content")
        return
    with job_box(store, job, f"**{escape(stage_text(job))}** &nbsp; :gray[{speed}]"):
        show_progress(job, message=True)


def _offer_resume(store: Store, project: ProjectView) -> None:
    job = next(iter(service.jobs(store, project)), None)
    if job is None or not job.resumable:
        return
    if job.kind == "compare" and not service.has_comparison(store, project, job):
        return  # an earlier version deleted comparisons without their jobs
    ended = {"failed": "failed", "cancelled": "was cancelled", "interrupted": "was interrupted"}
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        icon = ":red[:material/error:]" if job.state == "failed" else ":material/pause_circle:"
        text = f"{icon} **{job.title} {ended[job.state]}.** {escape(job.error)}"
        st.markdown(text, width="stretch")
        if service.may(store, "resume") and st.button(
            "Resume", key=f"resume {job.id}", icon=":material/play_arrow:"
        ):
            service.resume(store, job.id)
            st.rerun()
