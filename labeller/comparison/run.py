"""A comparison: its cells one after the other, each kept as soon as it is measured."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from labeller.comparison.cell import build_method, run_cell
from labeller.comparison.plan import (
    Cell,
    CompareConfig,
    cells,
    check_settings,
    record_head,
    unfinished,
)
from labeller.comparison.subject import Subject
from labeller.encoders import Encoder, encoder_of
from labeller.errors import JobCancelledError, LabellerError, NeedsEncoderError, one_line
from labeller.evaluation.positions import check_positions
from labeller.events import Progress, Report, silent
from labeller.methods import registry
from labeller.methods.names import parse_method

log = logging.getLogger(__name__)
Record = dict[str, Any]
Keep = Callable[[Record, dict[str, np.ndarray]], None]


def run_comparison(
    config: CompareConfig,
    subject: Subject,
    keep: Keep,
    *,
    done: Iterable[Record] = (),
    device: str = "auto",
    checkpoints: Callable[[Cell], Path] | None = None,
    report: Report = silent,
) -> None:
    """Run every cell that has no finished record in `done`, and hand each to `keep`.

    A cell that breaks (a loss that is not finite, too little memory, a mistake in a user's own
    method) is kept with its error, and the next one runs. Raises ValueError, before anything is
    trained, for a method, preset or setting that does not exist, and DataError for a file of
    positions that cannot be used.
    """
    names = {parse_method(text)[0] for text in config.methods}
    check_settings(config, {name: registry.get(name).Config.model_fields for name in names})
    todo = unfinished(config, done)
    if todo:
        check_positions(config.positions, subject.images.shape[1:])
    for cell in {cell.label: cell for cell in todo}.values():
        build_method(cell, config, subject)
    total = len(cells(config))
    for place, cell in enumerate(todo, start=total - len(todo)):
        head = f"{cell.label}, run {place + 1} of {total}"
        report(Progress("cell", place, total, head, milestone=True))
        try:
            record, arrays = run_cell(
                cell,
                config,
                subject,
                device=device,
                checkpoints=checkpoints(cell) if checkpoints else None,
                report=_headed(report, head),
            )
        except JobCancelledError:
            raise
        except Exception as error:  # whatever one method does, the others are measured
            log.exception("cell %s failed", cell.key)
            record, arrays = failure(cell, config, error), {}
        keep(record, arrays)
    report(Progress("cell", total, total, "all runs done", milestone=True))


def with_digest(config: CompareConfig, device: str) -> tuple[CompareConfig, Encoder | None]:
    """The config that knows which methods read features and the digest of the encoder that gives
    them, so that another one measures anew; and that encoder, None where all read images.

    Raises NeedsEncoderError where a method reads features and the config has no encoder, ValueError
    for an unknown method or encoder, NotFoundError and DataError where its files cannot be had.
    """
    names = dict.fromkeys(parse_method(text)[0] for text in config.methods)
    reading = [name for name in names if registry.get(name).reads == "features"]
    encoder = encoder_of(config.encode, device) if reading else None
    if encoder is not None and not encoder.features:
        raise NeedsEncoderError(reading[0])
    digest = "" if encoder is None else encoder.digest
    return config.model_copy(update={"features": dict.fromkeys(reading, digest)}), encoder


def failure(cell: Cell, config: CompareConfig, error: Exception) -> Record:
    """The record of a cell that could not be measured; it is run again when the rest is."""
    return {
        **record_head(cell, config, "failed"),
        "error": _what_broke(error),
        "scores": {},
        "answers": [],
        "curve": [],
        "fit": None,
        "seconds": {},
    }


def _what_broke(error: Exception) -> str:
    """The message in one line; of an error that nobody foresaw, its kind too."""
    message = one_line(error) if str(error) else ""
    if message and isinstance(error, LabellerError | ValueError | RuntimeError):
        return message
    return ": ".join(part for part in (type(error).__name__, message) if part)


def _headed(report: Report, head: str) -> Report:
    """Say which run an event belongs to. Milestones of a run are none of the whole comparison."""

    def headed(event: Progress) -> None:
        message = f"{head}: {event.message or event.stage}"
        report(replace(event, message=message, milestone=False))

    return headed
