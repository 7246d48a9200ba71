"""The tables of a workspace.

Answers, labels of the audit and merges of classes are append-only: undoing one is a new row that
revokes it. Rounds, nodes, models and answers are numbered per project, and files are named by those
numbers, so that a project folder can be copied as it is.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from labeller.records.rounds import RoundState

SCHEMA_VERSION = 9


def now() -> datetime:
    """The present time in UTC, without a zone: SQLite keeps none."""
    return datetime.now(UTC).replace(tzinfo=None)


class Table(DeclarativeBase):
    """Base of all tables."""


class Workspace(Table):
    """One row: the schema version of this workspace, and how often it changed (the journal)."""

    __tablename__ = "workspace"
    id: Mapped[int] = mapped_column(primary_key=True)
    schema_version: Mapped[int]
    changes: Mapped[int] = mapped_column(default=0, server_default="0")


class Project(Table):
    __tablename__ = "projects"
    # A number is never used again: folders and caches are named by it.
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    # What the import found: count, train, test, height, width, channels, report, has_targets.
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)


class OfProject(Table):
    """Base of the tables whose rows belong to one project."""

    __abstract__ = True
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), index=True)


class ProjectClass(OfProject):
    __tablename__ = "classes"
    __table_args__ = (
        UniqueConstraint("project_id", "label"),
        UniqueConstraint("project_id", "name"),
    )
    label: Mapped[int]
    name: Mapped[str]


class ClassMerge(OfProject):
    """One class merged into another, or (`revokes`) such a merge taken back.

    Answers and arrays keep the number that was said; whoever reads labels applies the merges that
    stand. `answers_until`, `audit_until`: the newest answer and audit label before it, so that
    what was said since, and means both classes, is known.
    """

    __tablename__ = "class_merges"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    number: Mapped[int]
    label: Mapped[int]
    target: Mapped[int]
    revokes: Mapped[int | None]
    answers_until: Mapped[int] = mapped_column(default=0)
    audit_until: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Model(OfProject):
    """A trained network: `models/<number>/` holds its weights, latents and predictions."""

    __tablename__ = "models"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    number: Mapped[int]
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The round whose answers it was trained with; None: trained without answers.
    taught_by: Mapped[int | None]
    finished: Mapped[bool] = mapped_column(default=False)
    seconds: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Round(OfProject):
    """Clusters of one model's latents, and the questions about them."""

    __tablename__ = "rounds"
    __table_args__ = (UniqueConstraint("project_id", "number"),)
    number: Mapped[int]
    model: Mapped[int]
    state: Mapped[RoundState] = mapped_column(String, default="asking")
    config: Mapped[dict[str, Any]] = mapped_column(JSON)
    # The settings that `propagate` was last called with; None until then.
    propagated: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    # Number of the newest answer that the stored propagation knows of.
    propagated_until: Mapped[int] = mapped_column(default=0)
    # Number of the newest merge of classes that the stored propagation knows of.
    merges_until: Mapped[int] = mapped_column(default=0, server_default="0")
    # Images that belong to no cluster of the round: they have no card and get no label in it.
    noise: Mapped[int] = mapped_column(default=0, server_default="0")
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    seconds: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class Node(OfProject):
    """One cluster of a round; children of a split know the answer that made them."""

    __tablename__ = "nodes"
    __table_args__ = (UniqueConstraint("project_id", "round", "key"),)
    round: Mapped[int]
    # Name of the node's file: the path, and the splitting answer when there is one (3.1-a17).
    key: Mapped[str]
    path: Mapped[str]
    parent_key: Mapped[str | None]
    split_answer: Mapped[int | None]
    size: Mapped[int]
    # spread, impurity, medoid, near, random, far, suggested, agreement, known; perhaps why, gain.
    card: Mapped[dict[str, Any]] = mapped_column(JSON)


class Answer(OfProject):
    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        Index("answers_of_logs", "client", "sequence", unique=True),
    )
    number: Mapped[int]
    round: Mapped[int]
    node_key: Mapped[str]
    node: Mapped[str]
    kind: Mapped[str]
    label: Mapped[int | None]
    confidence: Mapped[float] = mapped_column(default=0.0)
    split: Mapped[int | None]
    # Images of the card: those that the label does not hold for, or the only ones that it does.
    wrong: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    only: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    # Of an answer about images that were selected, not about a card: how many, and which
    # (`store.selections`), read when they are needed. `node` is then the place of the selection.
    size: Mapped[int | None]
    images: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    revokes: Mapped[int | None]
    # A second look: the answer before it was doubted, and is settled by this one.
    checked: Mapped[bool] = mapped_column(default=False, server_default="0")
    # Given when the newest answer replaced those of everybody: it settles the card for good.
    replaces: Mapped[bool] = mapped_column(default=False, server_default="0")
    # The entry of a browser's log that it was sent as; None: given by a command or a script.
    client: Mapped[str | None]
    sequence: Mapped[int | None]
    expert: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class AuditImage(OfProject):
    """An image of the audit: drawn once at random, at `place` 1, 2, ... of the order of drawing."""

    __tablename__ = "audit_images"
    __table_args__ = (
        UniqueConstraint("project_id", "place"),
        UniqueConstraint("project_id", "image"),
    )
    place: Mapped[int]
    image: Mapped[int]
    # Seed of the permutation that all of the project's audit images are a beginning of.
    seed: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)


class AuditLabel(OfProject):
    """What a person said about one image of the audit; it scores labels and never trains."""

    __tablename__ = "audit_labels"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        Index("audit_labels_of_logs", "client", "sequence", unique=True),
    )
    number: Mapped[int]
    image: Mapped[int]
    # label, skip (cannot tell) or revoke.
    kind: Mapped[str]
    label: Mapped[int | None]
    revokes: Mapped[int | None]
    # As those of an answer.
    client: Mapped[str | None]
    sequence: Mapped[int | None]
    expert: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Job(Table):
    __tablename__ = "jobs"
    __table_args__ = ({"sqlite_autoincrement": True},)
    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[str]
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(default="queued", index=True)
    progress: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=1)
    cancel_at: Mapped[datetime | None]
    # "host|device|pid" of the worker that runs it; the lock of host and device tells if it lives.
    worker: Mapped[str] = mapped_column(default="")
    heartbeat_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Event(Table):
    """A milestone of a job (the end of an epoch), kept for the curves."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id"), index=True)
    stage: Mapped[str]
    done: Mapped[int]
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Member(Table):
    """What a person who signs in may do in this workspace."""

    __tablename__ = "members"
    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    since: Mapped[datetime] = mapped_column(default=now)


class EndedSession(Table):
    """A sign-in that its person ended: the cookie that the browser had of it is worth nothing."""

    __tablename__ = "ended_sessions"
    digest: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)


# What a project consists of besides its jobs: copied, saved and deleted with it.
PROJECT_TABLES: tuple[type[OfProject], ...] = (
    ProjectClass,
    ClassMerge,
    Model,
    Round,
    Node,
    Answer,
    AuditImage,
    AuditLabel,
)
