"""Jobs of the queue, as pages and commands see them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]


@dataclass(frozen=True)
class JobView:
    """One row of the queue; `done` of `total` units of `stage` are finished.

    `title`: the kind in words.
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
