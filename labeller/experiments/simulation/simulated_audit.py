"""A simulated person who labels the audit truly, to see how good its estimates are."""

from labeller import service
from labeller.evaluation.targets import read_targets
from labeller.store import Store


def draw_audit(store: Store, project: str, size: int) -> None:
    """Draws an audit and says the true class of each of its images; nothing for size 0."""
    if not size:
        return
    drawn = service.draw_audit(store, project, size)
    targets = read_targets(store.project_folder(service.project(store, project).id).data)
    for image in drawn.images:
        label = -1 if targets is None else int(targets[image])
        said = label if label >= 0 else None
        service.answer_audit(store, project, image, said, expert="simulated")


def audit_record(store: Store, project: str) -> dict:
    """What the audit says of the last round, beside the true shares; empty without an audit."""
    report, view = service.audit_report(store, project), service.audit(store, project)
    if report is None or view is None:
        return {}
    scores = service.rounds(store, project)[-1].metrics
    true = {"labels": scores["propagated_accuracy"], "classifier": scores["train_accuracy"]}
    estimates = [
        {
            "what": one.what,
            "asked": one.asked,
            "accuracy": one.accuracy,
            "low": one.low,
            "high": one.high,
            "true_accuracy": true[one.what],
            "covers": one.low <= true[one.what] <= one.high,
        }
        for one in report.now
    ]
    return {
        "audit": {"images": len(view.images), "labelled": view.labelled, "estimates": estimates}
    }
