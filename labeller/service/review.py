"""What the answers would do to every image, and doing it. Numpy only: sliders update at once."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.config import PropagateConfig, RoundConfig
from labeller.errors import StateError
from labeller.jobs import queue
from labeller.records import Preview
from labeller.rounds.propagate import LabelledNode, Propagation, combine
from labeller.rounds.propagate import propagate as propagate_nodes
from labeller.service.jobs import refuse_while_active
from labeller.service.lookup import (
    ProjectLike,
    class_names,
    find_project,
    find_round,
    live_classes,
    open_round,
)
from labeller.service.progress import labelling_of
from labeller.store import ProjectFolder, Store
from labeller.store import answers as tree
from labeller.store.classes import merged_labels, newest_merge
from labeller.store.files import read_arrays, write_arrays
from labeller.store.schema import Answer, Project, Round

LOWEST = 60


def preview(store: Store, project: ProjectLike, config: PropagateConfig | None = None) -> Preview:
    """What propagating the newest round's answers with `config` would give; nothing is written."""
    with store.read() as session:
        row = find_project(session, project)
        round_ = find_round(session, row.id, None)
        found = _propagation(store, session, row, round_, config)
        return _summary(session, row, found)


def propagate(store: Store, project: ProjectLike, config: PropagateConfig | None = None) -> Preview:
    """Writes labels and weights of the open round; raises StateError when nothing is labelled."""
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "propagate", "retrain", "cluster")
        round_ = open_round(session, row.id)
        if round_ is None:
            raise StateError("there is no open round to propagate from; train a method first")
        found = _propagation(store, session, row, round_, config)
        if not (found.labels >= 0).any():
            raise StateError("no cluster has a label yet; answer some questions first")
        path = store.project_folder(row.id).propagation(round_.number)
        write_arrays(path, _arrays(found))
        settings = _settings(round_, config)
        round_.propagated = settings.model_dump(mode="json")
        given = tree.of_round(session, row.id, round_.number)
        round_.propagated_until = max((a.number for a in given), default=0)
        round_.merges_until = newest_merge(session, row.id)
        return _summary(session, row, found)


def keep_answers(store: Store, project: ProjectLike) -> None:
    """Propagates what the open round's answers say, so that a round after it builds on them."""
    with store.read() as session:
        row = find_project(session, project)
        round_ = open_round(session, row.id)
        if round_ is None or not labelling_of(session, row, round_).labelled:
            return
    propagate(store, project)


def earlier_propagation(
    store: Store, session: Session, project: Project, before: int
) -> Propagation | None:
    """Labels and weights of the newest round before `before` that was propagated, or None.

    The labels are those stored, with the classes that were merged since replaced.
    """
    query = (
        select(Round.number)
        .where(Round.project_id == project.id, Round.number < before, Round.propagated_until > 0)
        .order_by(Round.number.desc())
    )
    number = session.scalar(query.limit(1))
    if number is None:
        return None
    arrays = read_arrays(store.project_folder(project.id).propagation(number))
    arrays["labels"] = merged_labels(session, project.id).apply(arrays["labels"])
    return Propagation(**arrays)


def _propagation(
    store: Store,
    session: Session,
    project: Project,
    round_: Round,
    config: PropagateConfig | None,
) -> Propagation:
    settings = _settings(round_, config)
    given = tree.of_round(session, project.id, round_.number)
    standing = tree.standing(given)
    folder = store.project_folder(project.id)
    nodes = _labelled_nodes(folder, session, project, round_, standing)
    now = propagate_nodes(project.data.get("count", 0), nodes, settings)
    before = earlier_propagation(store, session, project, round_.number)
    if before is None:
        return now
    classes = max(class_names(session, project.id), default=0) + 1
    return combine(before, now, classes)


def _settings(round_: Round, config: PropagateConfig | None) -> PropagateConfig:
    """The settings given, else those that the round was last propagated with, else its own."""
    if config is not None:
        return config
    if round_.propagated:
        return PropagateConfig.model_validate(round_.propagated)
    return RoundConfig.model_validate(round_.config).propagate


def _labelled_nodes(
    folder: ProjectFolder,
    session: Session,
    project: Project,
    round_: Round,
    standing: dict[str, Answer],
) -> Sequence[LabelledNode]:
    leaves = tree.live_nodes(tree.nodes_of_round(session, project.id, round_.number), standing)
    merged = merged_labels(session, project.id)
    nodes = []
    for node in leaves:
        answer = standing.get(node.key)
        if answer is None or answer.kind != "label" or answer.label is None:
            continue
        arrays = _node_arrays(folder.node(round_.number, node.key))
        nodes.append(
            LabelledNode(
                answer=answer.number,
                label=merged.of(answer.label),
                confidence=answer.confidence,
                members=arrays["members"],
                euclidean=arrays["euclidean"],
                mahalanobis=arrays["mahalanobis"],
                posterior=arrays["posterior"],
            )
        )
    return nodes


@lru_cache(maxsize=512)
def _node_arrays(path: Path) -> dict[str, np.ndarray]:
    """A node's arrays never change once written, so sliders need not read them again."""
    return read_arrays(path)


def _summary(session: Session, project: Project, found: Propagation) -> Preview:
    names = class_names(session, project.id)
    labelled = found.labels >= 0
    train = max(1, project.data.get("train", 1))
    rows = [
        (c.label, c.name, int(hit.sum()), float(found.weights[hit].sum()))
        for c in live_classes(session, project.id)
        for hit in [found.labels == c.label]
    ]
    query = select(Answer).where(Answer.project_id == project.id, Answer.kind == "label")
    decided = []
    for answer in session.scalars(query.order_by(Answer.number)):
        hit = found.source == answer.number
        if hit.any():
            name = names.get(answer.label or 0, "")
            weight = float(found.weights[hit].sum())
            decided.append(
                (
                    answer.number,
                    answer.round,
                    answer.node,
                    name,
                    answer.confidence,
                    int(hit.sum()),
                    weight,
                )
            )
    order = np.flatnonzero(labelled)
    lowest = order[np.argsort(found.weights[order], kind="stable")[:LOWEST]]
    columns = ["number", "round", "node", "name", "confidence", "images", "weight"]
    return Preview(
        labels=found.labels,
        weights=found.weights,
        source=found.source,
        distance=found.distance,
        coverage=float(labelled.sum() / train),
        effective=float(found.weights.sum()),
        balance=pd.DataFrame(rows, columns=["label", "name", "images", "weight"]),
        by_answer=pd.DataFrame(decided, columns=columns),
        lowest=lowest,
    )


def _arrays(found: Propagation) -> dict[str, np.ndarray]:
    return {
        "labels": found.labels,
        "weights": found.weights,
        "source": found.source,
        "distance": found.distance,
    }
