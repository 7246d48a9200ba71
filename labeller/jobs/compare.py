"""The job that trains and measures several methods on a project's images, side by side."""

from typing import Any

from labeller.comparison.plan import CompareConfig
from labeller.comparison.subject import Subject
from labeller.evaluation.targets import read_targets
from labeller.jobs.features import features_by
from labeller.jobs.kinds import ComparePayload
from labeller.jobs.task import Task
from labeller.store.comparisons import ComparisonFolder


def compare(task: Task, payload: ComparePayload) -> dict[str, Any]:
    """Runs the cells of a comparison that are not finished; nothing of the project changes.

    True targets score the runs, and only a method that is itself a supervised reference
    (`needs_labels`) is trained with them. Features that a method reads are computed once for the
    project, and kept.
    """
    from labeller.comparison.run import run_comparison, with_digest

    folder = ComparisonFolder(task.folder, payload.comparison)
    asked = CompareConfig.model_validate(folder.record["config"])
    device = task.device(asked.train.device)
    config, encoder = with_digest(asked, device)
    if config != asked:
        folder.change(config=config.model_dump(mode="json"))
    subject = Subject.of(task.images, read_targets(task.folder.data), config.images)
    if encoder is not None:
        subject = subject.seen_by(encoder, features_by(encoder, task))
    run_comparison(
        config,
        subject,
        folder.keep,
        done=folder.cells(),
        device=device,
        checkpoints=lambda cell: folder.checkpoints(cell.key),
        report=task.report,
    )
    states = [record["state"] for record in folder.cells()]
    return {"comparison": folder.number, "done": states.count("done"), "runs": len(states)}
