"""Progress events: what a long function reports while it runs."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """One step of a long function.

    `stage` names the step (`train`, `encode`, `embed`, ...); `done` of `total` units are finished
    (`total` 0: unknown). `metrics` holds what a chart draws (loss terms, `images_per_second`,
    `seconds_left`). `milestone` marks an event worth keeping for ever (the end of an epoch);
    the others may be dropped by a slow reader. `notice` is what the person should know of the
    result, such as a download that failed and what was taken instead; a job keeps the last one.
    """

    stage: str
    done: int = 0
    total: int = 0
    message: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    milestone: bool = False
    notice: str = ""


Report = Callable[[Progress], None]


def silent(event: Progress) -> None:
    """The `report` of a caller who wants none."""
