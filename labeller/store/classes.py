"""Merges of classes: stored facts that are applied when labels are read, never to what was said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.errors import StateError
from labeller.store.schema import ClassMerge


@dataclass(frozen=True)
class MergedLabels:
    """Which class each merged class counts as in the end: `final[label]`; others as themselves."""

    final: Mapping[int, int] = field(default_factory=dict)

    def of(self, label: int) -> int:
        """The class that `label` counts as."""
        return self.final.get(label, label)

    def apply(self, labels: np.ndarray) -> np.ndarray:
        """Labels (N,) int64 with each merged class replaced; -1 (none) stays. Never in place."""
        if not self.final:
            return labels
        replaced = np.array(labels)
        for label, target in self.final.items():
            replaced[labels == label] = target
        return replaced

    def alone(self, label: int) -> bool:
        """Whether `label` counts as itself, and no other class counts as it."""
        return label not in self.final and label not in self.final.values()


def merged_labels(session: Session, project_id: int) -> MergedLabels:
    """The merges of a project that stand, each followed to its end."""
    return followed(standing_merges(merge_rows(session, project_id)))


def merge_rows(session: Session, project_id: int) -> list[ClassMerge]:
    """All merges of classes as they came, and those that take one back."""
    query = select(ClassMerge).where(ClassMerge.project_id == project_id)
    return list(session.scalars(query.order_by(ClassMerge.number)))


def standing_merges(rows: Iterable[ClassMerge]) -> dict[int, ClassMerge]:
    """The merge in force of each merged class, by its label."""
    rows = list(rows)
    revoked = {row.revokes for row in rows}
    return {row.label: row for row in rows if row.revokes is None and row.number not in revoked}


def followed(merges: Mapping[int, ClassMerge]) -> MergedLabels:
    """Merges, each followed to its end (A into B, B into C).

    Raises StateError when they lead in a circle, which no merge that was accepted does.
    """
    into = {label: row.target for label, row in merges.items()}
    return MergedLabels({label: _end(label, into) for label in into})


def _end(label: int, into: Mapping[int, int]) -> int:
    seen = {label}
    while label in into:
        label = into[label]
        if label in seen:
            raise StateError(f"classes {sorted(seen)} are merged in a circle; the store is damaged")
        seen.add(label)
    return label
