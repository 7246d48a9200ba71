"""What the answers would do to every image, and doing it. Numpy only: sliders update at once."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from labeller.config import PropagateConfig
from labeller.errors import StateError
from labeller.records import Preview
from labeller.rounds.propagation import Propagation
from labeller.rounds.settings import checked_propagation
from labeller.service.lookup import ProjectLike, asking_round, changing, find_round, reading
from labeller.store import Store
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Round
from labeller.store.statements import (
    combined,
    computed,
    newest_answer,
    settings_of,
    statements,
    unread_notes,
    write_propagation,
)

LOWEST = 60


def preview(
    store: Store,
    project: ProjectLike,
    config: PropagateConfig | None = None,
    *,
    confidences: Mapping[int, float] | None = None,
) -> Preview:
    """What propagating the newest round's answers with `config` would give; nothing is written.

    With `confidences` as if those answers of the round (by number) had been given so surely.
    Raises ValueError for a rule or a setting that does not exist.
    """
    config = checked_propagation(config)
    with reading(store, project) as rows:
        round_ = find_round(rows)
        said = statements(rows, round_, config, confidences=confidences)
        together = combined(rows, said, settings_of(round_, config))
        return _summary(rows, together, confidences or {})


def propagate(store: Store, project: ProjectLike, config: PropagateConfig | None = None) -> Preview:
    """Writes labels and weights of the open round; raises StateError when nothing is labelled."""
    config = checked_propagation(config)
    with reading(store, project) as rows:
        ready = computed(rows, asking_round(rows, " to propagate from"), config)
    with changing(store, project, "propagate", "retrain", "cluster") as rows:
        round_ = asking_round(rows, " to propagate from")
        together = write_propagation(rows, round_, config, ready)
        if not (together.labels >= 0).any():
            raise StateError("no cluster has a label yet; answer some questions first")
        notes = unread_notes(rows) or ready.notes  # answers that are missing in what was written
    with reading(store, project) as rows:
        return replace(_summary(rows, together, {}), notes=notes)


def refuse_stale(rows: ProjectRows, round_: Round) -> None:
    """Raises StateError when answers came, or classes were merged, after it was propagated."""
    if newest_answer(rows, round_) > round_.propagated_until:
        raise StateError("answers came after the propagation; propagate again, then retrain")
    if rows.newest_merge > round_.merges_until:
        raise StateError(
            "classes were merged or split after the propagation; propagate again, then retrain"
        )


def present_labels(rows: ProjectRows) -> np.ndarray | None:
    """The label of each image (N,) by the answers so far, -1 none; None before any round."""
    round_ = rows.newest_round
    if round_ is None:
        return None
    return combined(rows, statements(rows, round_), settings_of(round_, None)).labels


def _summary(rows: ProjectRows, together: Propagation, confidences: Mapping[int, float]) -> Preview:
    labelled = together.labels >= 0
    balance = [
        (one.label, one.name, int(mine.sum()), float(together.weights[mine].sum()))
        for one in rows.live_classes
        for mine in [together.labels == one.label]
    ]
    decided = [
        (
            answer.number,
            answer.round,
            answer.node,
            rows.names.get(int(together.labels[mine][0]), ""),  # merged, or corrected, since
            confidences.get(answer.number, answer.confidence),
            int(mine.sum()),
            float(together.weights[mine].sum()),
        )
        for answer in rows.answers
        for mine in [together.source == answer.number]
        if answer.kind == "label" and mine.any()
    ]
    order = np.flatnonzero(labelled)
    lowest = order[np.argsort(together.weights[order], kind="stable")[:LOWEST]]
    columns = ["number", "round", "node", "name", "confidence", "images", "weight"]
    return Preview(
        labels=together.labels,
        weights=together.weights,
        source=together.source,
        distance=together.distance,
        looked=together.looked,
        coverage=float(labelled.sum() / max(1, rows.project.data.get("train", 1))),
        effective=float(together.weights.sum()),
        balance=pd.DataFrame(balance, columns=["label", "name", "images", "weight"]),
        by_answer=pd.DataFrame(decided, columns=columns),
        lowest=lowest,
        notes=unread_notes(rows),
    )
