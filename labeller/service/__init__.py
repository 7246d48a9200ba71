"""The verbs that pages and commands share: all that a person can do with a workspace. No torch."""

from labeller.service.asking import (
    answer,
    answers,
    card,
    cards,
    current_round,
    labelling,
    rounds,
)
from labeller.service.audit import (
    answer_audit,
    audit,
    audit_sizes,
    draw_audit,
    undo_audit,
)
from labeller.service.auditing import audit_report
from labeller.service.classes import (
    add_class,
    classes,
    merge_class,
    rename_class,
    split_class,
)
from labeller.service.export import (
    classifier_archive,
    evaluate,
    export_classifier,
    export_labels,
    labels_table,
    predict,
    predictions,
)
from labeller.service.jobs import (
    active_job,
    cancel,
    curve,
    devices,
    ensure_worker,
    job,
    jobs,
    last_job,
    methods,
    resume,
    wait,
)
from labeller.service.lookup import open_store
from labeller.service.projects import (
    create_project,
    delete_project,
    duplicate_project,
    image_names,
    images,
    projects,
    rename_project,
    save_upload,
    sources,
)
from labeller.service.projects import (
    view_of as project,
)
from labeller.service.provenance import provenance
from labeller.service.results import (
    centres,
    cluster_counts,
    confusion,
    per_class,
    points,
    request_map,
    results,
)
from labeller.service.review import preview, propagate
from labeller.service.training import recluster, retrain, train
from labeller.service.undoing import undo, undoing
from labeller.store import Store

__all__ = [
    "Store",
    "active_job",
    "add_class",
    "answer",
    "answer_audit",
    "answers",
    "audit",
    "audit_report",
    "audit_sizes",
    "cancel",
    "card",
    "cards",
    "centres",
    "classes",
    "classifier_archive",
    "cluster_counts",
    "confusion",
    "create_project",
    "current_round",
    "curve",
    "delete_project",
    "devices",
    "draw_audit",
    "duplicate_project",
    "ensure_worker",
    "evaluate",
    "export_classifier",
    "export_labels",
    "image_names",
    "images",
    "job",
    "jobs",
    "labelling",
    "labels_table",
    "last_job",
    "merge_class",
    "methods",
    "open_store",
    "per_class",
    "points",
    "predict",
    "predictions",
    "preview",
    "project",
    "projects",
    "propagate",
    "provenance",
    "recluster",
    "rename_class",
    "rename_project",
    "request_map",
    "results",
    "resume",
    "retrain",
    "rounds",
    "save_upload",
    "sources",
    "split_class",
    "train",
    "undo",
    "undo_audit",
    "undoing",
    "wait",
]
