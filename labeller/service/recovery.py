"""The database of a workspace, brought back when it is lost or damaged."""

from pathlib import Path

from labeller.config.paths import workspace_folder
from labeller.errors import NotFoundError, StateError
from labeller.jobs import queue
from labeller.records import Backup, Recovered
from labeller.store import recovery
from labeller.store.backups import backups as made


def recover(workspace: str | Path | None = None) -> Recovered:
    """Puts the newest intact copy of the database in place, with every change known since.

    A server that runs goes on with it; jobs that were not ended have to be started again. What was
    there is kept in the workspace's folder `damaged`. Raises NotFoundError where there is no
    workspace, StateError while a worker runs and when no copy is intact.
    """
    folder = workspace_folder(workspace)
    if not (folder / "projects").is_dir():
        raise NotFoundError(f"there is no workspace at {folder}; choose it with --workspace")
    if queue.any_worker(folder) or queue.any_worker(folder, beside=True):
        raise StateError(
            f"a worker runs for {folder}: end it first (its process number is in worker.log), "
            "then recover"
        )
    return recovery.recover(folder)


def backups(workspace: str | Path | None = None) -> list[Backup]:
    """The backups of a workspace's database, the one with the most changes first."""
    return made(workspace_folder(workspace))
