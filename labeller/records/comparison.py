"""A comparison of methods, as the Compare page lists it."""

from dataclasses import dataclass
from datetime import datetime

from labeller.records.jobs import JobView


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
