"""The audit of a project: images drawn once at random, and what a person said of each."""

from collections.abc import Iterable

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from labeller.store.schema import AuditImage, AuditLabel


def audit_rows(session: Session, project_id: int) -> np.ndarray:
    """The numbers of the audit's images, int64 ascending: kept out of all training with labels."""
    query = select(AuditImage.image).where(AuditImage.project_id == project_id)
    return np.array(sorted(session.scalars(query)), dtype=np.int64)


def audit_images(session: Session, project_id: int) -> list[AuditImage]:
    """The audit's images in the order in which they were drawn."""
    query = select(AuditImage).where(AuditImage.project_id == project_id)
    return list(session.scalars(query.order_by(AuditImage.place)))


def audit_labels(session: Session, project_id: int) -> list[AuditLabel]:
    """All that was said about the audit's images as it came, revocations included."""
    query = select(AuditLabel).where(AuditLabel.project_id == project_id)
    return list(session.scalars(query.order_by(AuditLabel.number)))


def standing_labels(rows: Iterable[AuditLabel]) -> dict[int, AuditLabel]:
    """What stands about each image: the newest label or skip that was not revoked."""
    known = list(rows)
    revoked = {row.revokes for row in known if row.kind == "revoke"}
    return {row.image: row for row in known if row.kind != "revoke" and row.number not in revoked}


def append_label(session: Session, row: AuditLabel) -> AuditLabel:
    """Adds what was said with the project's next number."""
    row.number = newest_label(session, row.project_id) + 1
    session.add(row)
    session.flush()
    return row


def newest_label(session: Session, project_id: int) -> int:
    """The number of the newest row; 0 when nothing was said yet."""
    query = select(func.max(AuditLabel.number)).where(AuditLabel.project_id == project_id)
    return session.scalar(query) or 0
