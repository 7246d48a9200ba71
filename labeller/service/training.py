"""Queueing what trains, and what asks again with other clusters."""

import math

from sqlalchemy.orm import Session

from labeller.config import CHOOSE, RoundConfig, with_beta
from labeller.encoders import encoder_of
from labeller.errors import NeedsLabelsError, StateError, UnknownSettingError
from labeller.jobs import queue
from labeller.jobs.kinds import ROUND_JOBS, ClusterPayload, RetrainPayload, TrainPayload
from labeller.records import JobView
from labeller.rounds.settings import checked
from labeller.service.classes import refuse_unmerged
from labeller.service.jobs import comparable, job, refuse_while_active
from labeller.service.lookup import (
    ProjectLike,
    find_project,
    newest_model,
    next_model,
    open_round,
)
from labeller.service.review import keep_answers
from labeller.store import Store
from labeller.store import answers as tree
from labeller.store.schema import Model, Project, Round


def train(store: Store, project: ProjectLike, config: RoundConfig | None = None) -> JobView:
    """Queues the training of a method from scratch; a new round of questions follows from it.

    Works while the images are still being imported: jobs run in order. The settings become the
    project's own; without any, the job takes the project's own when it starts, which the import
    suits to the number of images. Raises StateError for a method that learns from labels alone,
    ValueError for one that the worker does not know, or a setting that it does not have,
    NotFoundError for features or weights whose file is not there.
    """
    queue.reconcile(store)
    config = config and checked(config)
    if config is not None:
        encoder_of(config.encode)  # whether its files are there
    _refuse_method(store, config or checked(_own_config(store, project)))
    keep_answers(store, project)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "train", *ROUND_JOBS)
        if config is not None:
            # Whoever changes the method back to a VAE need not know of its beta.
            sides = (row.data.get(name, 0) for name in ("height", "width", "channels"))
            config = with_beta(config, math.prod(sides)) if row.data else config
            _keep(row, config)
        model = Model(project_id=row.id, number=next_model(session, row.id), config=row.config)
        session.add(model)
        payload = TrainPayload(model=model.number, config=config)
        queued = queue.enqueue(session, row.id, payload)
    return job(store, queued.id)


def recluster(store: Store, project: ProjectLike, config: RoundConfig) -> JobView:
    """Queues a new round on the present model; only `embed`, `cluster` and `card` are used.

    Where a student says what to ask about, the number of clusters is that of its uncertain images.
    The answers of the open round are propagated first: their labels stay, as those of earlier
    rounds do.
    """
    queue.reconcile(store)
    config = checked(config)
    keep_answers(store, project)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "ask again", *ROUND_JOBS, "split")
        model = newest_model(session, row.id)
        if model is None:
            raise StateError("the project has no trained model yet; train a method first")
        made_with = RoundConfig.model_validate(model.config)
        wanted, ask = config.cluster.clusters, config.ask
        if wanted not in (CHOOSE, made_with.cluster.clusters):
            ask = ask.model_copy(update={"clusters": wanted})
        config = made_with.model_copy(
            update={"embed": config.embed, "cluster": config.cluster, "card": config.card}
            | {"ask": ask}
        )
        _keep(row, config)
        payload = ClusterPayload(model=model.number, config=config)
        queued = queue.enqueue(session, row.id, payload)
    return job(store, queued.id)


def retrain(
    store: Store,
    project: ProjectLike,
    *,
    config: RoundConfig | None = None,
    next_round: bool = True,
) -> JobView:
    """Queues the retraining with the propagated labels; it finishes the round and opens the next.

    Raises StateError when nothing was propagated, or answers came after the propagation.
    """
    queue.reconcile(store)
    with store.write() as session:
        row = find_project(session, project)
        refuse_while_active(session, row.id, "retrain", *ROUND_JOBS, "split")
        current = open_round(session, row.id)
        if current is None:
            raise StateError("there is no open round to learn from; train a method first")
        if current.propagated is None:
            raise StateError("no labels were propagated yet; propagate the answers first")
        refuse_stale(session, current)
        refuse_unmerged(session, current)
        config = checked(config or RoundConfig.model_validate(current.config))
        model = Model(
            project_id=row.id,
            number=next_model(session, row.id),
            config=config.model_dump(mode="json"),
            taught_by=current.number,
        )
        session.add(model)
        _keep(row, config)
        payload = RetrainPayload(
            model=model.number, round=current.number, config=config, next_round=next_round
        )
        queued = queue.enqueue(session, row.id, payload)
    return job(store, queued.id)


def refuse_stale(session: Session, round_: Round) -> None:
    """Raises StateError when answers came after the round was propagated."""
    given = tree.of_round(session, round_.project_id, round_.number)
    if max((a.number for a in given), default=0) > round_.propagated_until:
        raise StateError("answers came after the propagation; propagate again, then retrain")


def _own_config(store: Store, project: ProjectLike) -> RoundConfig:
    with store.read() as session:
        return RoundConfig.model_validate(find_project(session, project).config)


def _refuse_method(store: Store, config: RoundConfig) -> None:
    """Against the catalogue, where a worker has written one; the worker itself checks again."""
    catalogue = comparable(store)
    if catalogue is None:
        return
    if config.method not in catalogue:
        known = [name for name, entry in catalogue.items() if not entry["needs_labels"]]
        raise ValueError(f"method must be one of {', '.join(known)}, got {config.method}")
    entry = catalogue[config.method]
    if entry["needs_labels"]:
        raise NeedsLabelsError(config.method)
    fields = entry["schema"].get("properties", {})
    for name in config.method_config:
        if name not in fields:
            raise UnknownSettingError(config.method, name, fields)


def _keep(row: Project, config: RoundConfig) -> None:
    row.config = config.model_dump(mode="json")
