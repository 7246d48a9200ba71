"""What the answers would do to every image, and doing it. Numpy only: sliders update at once."""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from labeller.config import PropagateConfig, RoundConfig
from labeller.errors import StateError
from labeller.jobs import queue
from labeller.records import Preview
from labeller.rounds.propagation import JOINS, ROOM, Propagation, corrected
from labeller.rounds.settings import checked_propagation
from labeller.service.jobs import refuse_while_active
from labeller.service.lookup import (
    ProjectLike,
    class_names,
    find_project,
    find_round,
    live_classes,
    newest_round,
    open_round,
)
from labeller.service.progress import labelling_of
from labeller.service.saying import said_in
from labeller.store import ProjectFolder, Store
from labeller.store import answers as tree
from labeller.store.classes import MergedLabels, merged_labels, newest_merge
from labeller.store.files import read_arrays, write_arrays
from labeller.store.schema import Answer, Project, Round
from labeller.store.second_looks import corrections

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
    with store.read() as session:
        row = find_project(session, project)
        round_ = find_round(session, row.id, None)
        said = statements(store, session, row, round_, config, confidences=confidences)
        found = combined(session, row, said, settings_of(round_, config))
        return _summary(session, row, found, confidences or {})


def propagate(store: Store, project: ProjectLike, config: PropagateConfig | None = None) -> Preview:
    """Writes labels and weights of the open round; raises StateError when nothing is labelled."""
    config = checked_propagation(config)
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "propagate", "retrain", "cluster")
        round_ = open_round(session, row.id)
        if round_ is None:
            raise StateError("there is no open round to propagate from; train a method first")
        said = statements(store, session, row, round_, config)
        found = combined(session, row, said, settings_of(round_, config))
        if not (found.labels >= 0).any():
            raise StateError("no cluster has a label yet; answer some questions first")
        folder = store.project_folder(row.id)
        write_arrays(folder.statement(round_.number), vars(said[-1]))
        write_arrays(folder.propagation(round_.number), vars(found))
        round_.propagated = settings_of(round_, config).model_dump(mode="json")
        given = tree.of_round(session, row.id, round_.number)
        round_.propagated_until = max((a.number for a in given), default=0)
        round_.merges_until = newest_merge(session, row.id)
        return _summary(session, row, found, {})


def keep_answers(store: Store, project: ProjectLike) -> None:
    """Propagates what the open round's answers say, so that a round after it builds on them."""
    with store.read() as session:
        row = find_project(session, project)
        round_ = open_round(session, row.id)
        if round_ is None or not labelling_of(session, row, round_).labelled:
            return
    propagate(store, project)


def present_labels(store: Store, session: Session, project: Project) -> np.ndarray | None:
    """The label of each image (N,) by the answers so far, -1 none; None before any round."""
    round_ = newest_round(session, project.id)
    if round_ is None:
        return None
    said = statements(store, session, project, round_)
    return combined(session, project, said, settings_of(round_, None)).labels


def statements(
    store: Store,
    session: Session,
    project: Project,
    round_: Round,
    config: PropagateConfig | None = None,
    *,
    without: Collection[int] = (),
    confidences: Mapping[int, float] | None = None,
) -> list[Propagation]:
    """What each round up to `round_` says of the images by itself, oldest first.

    Earlier rounds say what they said when they were propagated, with the classes as they are merged
    now, with the labels that were corrected and without the answers that were taken back since;
    this one what its answers say with `config`, and with what `said_in` takes. `without` may name
    answers of any round.
    """
    query = select(Round).where(
        Round.project_id == project.id, Round.number < round_.number, Round.propagated_until > 0
    )
    folder, merged = store.project_folder(project.id), merged_labels(session, project.id)
    since = corrections(session, project.id, merged, without=without)
    said: list[Propagation] = []
    for earlier in session.scalars(query.order_by(Round.number)):
        if _was_changed(session, earlier, without):
            settings = settings_of(earlier, None)
            now = said_in(store, session, project, earlier, settings, without=without)
        else:
            if not folder.statement(earlier.number).exists():
                said.clear()  # a version kept only what all rounds so far say together
            now = _as_propagated(folder, earlier.number, merged)
        said.append(corrected(now, since))
    settings = settings_of(round_, config)
    known = settings.rule in ROOM.names()
    if not known and round_.propagated_until and not _was_changed(session, round_, without):
        # The plug-in with its rule is gone; what it said is still there.
        return [*said, _as_propagated(folder, round_.number, merged)]
    now = said_in(
        store, session, project, round_, settings, without=without, confidences=confidences
    )
    return [*said, now]


def _as_propagated(folder: ProjectFolder, number: int, merged: MergedLabels) -> Propagation:
    """What a round said when it was propagated, with the classes as they are merged now."""
    alone = folder.statement(number)
    arrays = read_arrays(alone if alone.exists() else folder.propagation(number))
    arrays["labels"] = merged.apply(arrays["labels"])
    if "denied" in arrays:
        # "Not a cat" may have meant a kitten, which is one since.
        apart = [label for label in np.unique(arrays["denied"]) if merged.alone(int(label))]
        arrays["denied"] = np.where(np.isin(arrays["denied"], apart), arrays["denied"], -1)
    return Propagation(**arrays)


def _was_changed(session: Session, round_: Round, without: Collection[int]) -> bool:
    """Whether an answer of the round was, or is to be, taken back after it was propagated."""
    given = tree.of_round(session, round_.project_id, round_.number)
    after = any(each.number > round_.propagated_until for each in given)
    return after or any(each.number in without for each in given)


def combined(
    session: Session, project: Project, said: list[Propagation], settings: PropagateConfig
) -> Propagation:
    """What several rounds say together, joined as the settings have it."""
    return JOINS[settings.join](said, max(class_names(session, project.id), default=0) + 1)


def settings_of(round_: Round, config: PropagateConfig | None) -> PropagateConfig:
    """The settings given, else those that the round was last propagated with, else its own."""
    if config is not None:
        return config
    if round_.propagated:
        return PropagateConfig.model_validate(round_.propagated)
    return RoundConfig.model_validate(round_.config).propagate


def _summary(
    session: Session, project: Project, found: Propagation, confidences: Mapping[int, float]
) -> Preview:
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
            name = names.get(int(found.labels[hit][0]), "")  # merged, or corrected, since
            weight = float(found.weights[hit].sum())
            decided.append(
                (
                    answer.number,
                    answer.round,
                    answer.node,
                    name,
                    confidences.get(answer.number, answer.confidence),
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
        looked=found.looked,
        coverage=float(labelled.sum() / train),
        effective=float(found.weights.sum()),
        balance=pd.DataFrame(rows, columns=["label", "name", "images", "weight"]),
        by_answer=pd.DataFrame(decided, columns=columns),
        lowest=lowest,
    )
