"""Whether all files of a project are as they were written, and computing damaged ones again."""

from labeller.events import Report, silent
from labeller.jobs import queue
from labeller.jobs.kinds import ROUND_JOBS, RepairPayload
from labeller.records import JobView, Verification
from labeller.service.jobs import job
from labeller.service.lookup import ProjectLike, changing, reading
from labeller.store import Store
from labeller.store.verification import examine


def verify(store: Store, project: ProjectLike, report: Report = silent) -> Verification:
    """Reads every file of a project, whole: its digest, and whether it fits the database."""
    with reading(store, project) as rows:
        return Verification(tuple(examine(rows, report)))


def repair(store: Store, project: ProjectLike) -> JobView:
    """Queues the job that computes damaged files again, as far as others say what was in them.

    Its result says how many were `repaired`, which are `left`, and the `reasons`. Raises StateError
    while another job writes such files.
    """
    with changing(store, project, "repair", *ROUND_JOBS, "add", "repair") as rows:
        queued = queue.enqueue(rows.session, rows.id, RepairPayload())
    return job(store, queued.id)
