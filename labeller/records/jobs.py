"""Jobs of the queue and comparisons of methods, as pages and commands see them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]


@dataclass(frozen=True)
class JobView:
    """One row of the queue; `done` of `total` units of `stage` are finished.

    `title`: the kind in words; `waits`: what it waits for, of a queued job that is read alone.
    """

    id: int
    project: int | None
    kind: str
    title: str
    state: JobState
    stage: str = ""
    done: int = 0
    total: int = 0
    message: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    notice: str = ""
    error: str = ""
    cancelling: bool = False
    attempts: int = 1
    arguments: dict[str, object] = field(default_factory=dict)
    result: dict[str, object] = field(default_factory=dict)
    device: str = ""
    waits: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether the job waits or runs."""
        return self.state in ("queued", "running")

    @property
    def resumable(self) -> bool:
        """Whether `resume` would go on from the last checkpoint."""
        return self.state in ("failed", "cancelled", "interrupted")


@dataclass(frozen=True)
class ComparisonView:
    """A comparison of methods on a project's images: `done` and `failed` of `total` runs.

    `config` is a `labeller.comparison.plan.CompareConfig` as plain values; `errors` has a line a
    failed run; `job` is the newest job that worked on it. `broken` says why its record cannot be
    read; such a comparison has no runs and can only be deleted.
    """

    number: int
    name: str
    created_at: datetime
    config: dict[str, object]
    total: int
    done: int
    failed: int
    errors: tuple[tuple[str, str], ...]
    job: JobView | None
    broken: str = ""

    @property
    def running(self) -> bool:
        """Whether a job waits or works on it."""
        return self.job is not None and self.job.active

    @property
    def finished(self) -> bool:
        """Whether every run was measured."""
        return self.done == self.total
