"""Stay with a job until it is done: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

import typer
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from labeller.cli.frame import err, service
from labeller.events import Progress

if TYPE_CHECKING:
    from labeller.records import JobView
    from labeller.store import Store

QUIET_SECONDS = 10.0
# What a person wants to see of the metrics, and how it is written. A job keeps the metrics of its
# earlier stages; those of the training say nothing about the clustering.
SHOWN = {"loss": "loss {:.4g}", "images_per_second": "{:,.0f} images/s"}
MEASURED_STAGES = ("train", "ingest", "import", "encode", "predict")


class Watch:
    """A context that shows Progress events: one bar a stage, or a line now and then in a log."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        if err.is_terminal:
            columns = (
                TextColumn("{task.description:<9}"),
                BarColumn(bar_width=24),
                TextColumn("{task.fields[count]:>11}"),
                TimeElapsedColumn(),
                TextColumn("{task.fields[note]}", style="dim"),
            )
            self._bars = Bars(*columns, console=err)
        self._tasks: dict[str, TaskID] = {}
        self._last = ("", 0, 0.0)
        self._told = ""

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
            # The worker needs some seconds to import torch before it says anything.
            self._add(self._bars, "starting")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._bars:
            if kind is None:
                self._complete(self._bars)
            self._bars.stop()

    def report(self, event: Progress) -> None:
        """Show one event."""
        if event.notice not in ("", self._told):
            self._told = event.notice
            err.print("Note:", style="yellow", end=" ")
            err.print(f"{event.notice}.")
        if not event.stage:
            return
        if self._bars:
            self._draw(self._bars, event)
        else:
            self._log(event)

    def _draw(self, bars: Bars, event: Progress) -> None:
        if event.stage not in self._tasks:
            self._complete(bars)
            self._add(bars, event.stage)
        task = self._tasks[event.stage]
        count = f"{event.done:,}/{event.total:,}" if event.total else ""
        total = event.total or None
        bars.update(task, completed=event.done, total=total, count=count, note=_note(event))

    def _add(self, bars: Bars, stage: str) -> None:
        self._tasks[stage] = bars.add_task(stage, total=None, count="", note="")

    def _complete(self, bars: Bars) -> None:
        """Fill the bars of the stages that are over: their last event may have been passed over."""
        for stage, task in self._tasks.items():
            if stage == "starting":
                bars.update(task, visible=False)
            elif not bars.tasks[task].finished:
                total = bars.tasks[task].total or 1
                count = f"{total:,.0f}/{total:,.0f}" if bars.tasks[task].total else ""
                bars.update(task, completed=total, total=total, count=count, note="")

    def _log(self, event: Progress) -> None:
        stage, done, at = self._last
        finished = event.total and event.done >= event.total and event.done != done
        if event.stage == stage and not finished and time.monotonic() - at < QUIET_SECONDS:
            return
        if (event.stage, event.done) == (stage, done):
            return
        self._last = (event.stage, event.done, time.monotonic())
        count = f" {event.done}/{event.total}" if event.total else ""
        note = _note(event)
        typer.echo(f"{event.stage}{count}{', ' + note if note else ''}", err=True)


def follow(store: Store, job: JobView) -> JobView:
    """Wait for `job`, showing its progress; Ctrl-C cancels it and says how to go on with it."""
    from labeller.service.api.waiting import stop

    try:
        with Watch() as watch:
            return service.wait(store, job.id, watch.report)
    except KeyboardInterrupt:
        err.print(f"Stopping the {job.kind} job ...")
        stop(store, job)
        again = f"labeller jobs --resume {job.id}"
        err.print(f"Stopped; what was done is kept. Go on with: {again}")
        raise typer.Exit(130) from None


def _note(event: Progress) -> str:
    metrics = event.metrics if event.stage in MEASURED_STAGES else {}
    shown = [form.format(metrics[key]) for key, form in SHOWN.items() if key in metrics]
    seconds = metrics.get("seconds_left")
    if seconds is not None and seconds >= 1:
        shown.append(f"{seconds:.0f} s left")
    if event.message and event.message != event.stage:
        shown.append(event.message)
    return ", ".join(shown)
