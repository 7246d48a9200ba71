"""Queueing what trains, and what asks again with other clusters."""

import math

from labeller.config import CHOOSE, RoundConfig, with_beta
from labeller.encoders import encoder_of
from labeller.errors import NeedsLabelsError, StateError, UnknownSettingError
from labeller.jobs import queue
from labeller.jobs.kinds import ROUND_JOBS, ClusterPayload, RetrainPayload, TrainPayload
from labeller.records import JobView
from labeller.rounds.settings import checked
from labeller.service.jobs import comparable, job
from labeller.service.limits import check_encoder
from labeller.service.lookup import ProjectLike, asking_round, changing, reading
from labeller.service.review import refuse_stale
from labeller.store import Store
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Model
from labeller.store.statements import keep_answers, to_keep


def train(store: Store, project: ProjectLike, config: RoundConfig | None = None) -> JobView:
    """Queues the training of a method from scratch; a new round of questions follows from it.

    Works while the images are still being imported: jobs run in order. The settings become the
    project's own; without any, the job takes the project's own when it starts, which the import
    suits to the number of images. Raises StateError for a method that learns from labels alone,
    ValueError for one that the worker does not know, or a setting that it does not have,
    NotFoundError for features or weights whose file is not there.
    """
    config = config and checked(config)
    if config is not None:
        check_encoder(store, config.encode)
        encoder_of(config.encode)  # whether its files are there
    with reading(store, project) as rows:
        _refuse_method(store, config or checked(RoundConfig.model_validate(rows.project.config)))
        ready = to_keep(rows)
    with changing(store, project, "train", *ROUND_JOBS) as rows:
        keep_answers(rows, ready)
        row = rows.project
        if config is not None:
            # Whoever changes the method back to a VAE need not know of its beta.
            sides = (row.data.get(name, 0) for name in ("height", "width", "channels"))
            config = with_beta(config, math.prod(sides)) if row.data else config
            row.config = config.model_dump(mode="json")
        payload = TrainPayload(model=_new_model(rows), config=config)
        queued = queue.enqueue(rows.session, row.id, payload)
    return job(store, queued.id)


def train_in_steps(store: Store, project: ProjectLike, first: RoundConfig) -> JobView:
    """Queues the training of `first`, which is there in seconds, and behind it the project's own.

    The questions of the first can be answered while the second trains; then its round takes their
    place, and what was answered counts on. Returns the first job; raises as `train`.
    """
    first = checked(first)
    _refuse_method(store, first)
    with changing(store, project, "train", *ROUND_JOBS) as rows:
        payloads = [TrainPayload(model=_new_model(rows), config=each) for each in (first, None)]
        queued = [queue.enqueue(rows.session, rows.id, payload) for payload in payloads]
    return job(store, queued[0].id)


def recluster(store: Store, project: ProjectLike, config: RoundConfig) -> JobView:
    """Queues a new round on the present model; only `embed`, `cluster` and `card` are used.

    Where a student says what to ask about, the number of clusters is that of its uncertain images.
    The answers of the open round are propagated first: their labels stay, as those of earlier
    rounds do.
    """
    config = checked(config)
    with reading(store, project) as rows:
        ready = to_keep(rows)
    with changing(store, project, "ask again", *ROUND_JOBS, "split") as rows:
        model = rows.newest_model()
        if model is None:
            raise StateError("the project has no trained model yet; train a method first")
        keep_answers(rows, ready)
        made_with = RoundConfig.model_validate(model.config)
        wanted, ask = config.cluster.clusters, config.ask
        if wanted not in (CHOOSE, made_with.cluster.clusters):
            ask = ask.model_copy(update={"clusters": wanted})
        config = made_with.model_copy(
            update={"embed": config.embed, "cluster": config.cluster, "card": config.card}
            | {"ask": ask}
        )
        rows.project.config = config.model_dump(mode="json")
        payload = ClusterPayload(model=model.number, config=config)
        queued = queue.enqueue(rows.session, rows.id, payload)
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
    with changing(store, project, "retrain", *ROUND_JOBS, "split") as rows:
        current = asking_round(rows, " to learn from")
        if current.propagated is None:
            raise StateError("no labels were propagated yet; propagate the answers first")
        refuse_stale(rows, current)
        config = checked(config or RoundConfig.model_validate(current.config))
        check_encoder(store, config.encode)
        rows.project.config = config.model_dump(mode="json")
        payload = RetrainPayload(
            model=_new_model(rows, taught_by=current.number),
            round=current.number,
            config=config,
            next_round=next_round,
        )
        queued = queue.enqueue(rows.session, rows.id, payload)
    return job(store, queued.id)


def _new_model(rows: ProjectRows, taught_by: int | None = None) -> int:
    """The number of a model that is to be trained with the project's settings."""
    number = rows.models[-1].number + 1 if rows.models else 1
    config = rows.project.config
    model = Model(project_id=rows.id, number=number, config=config, taught_by=taught_by)
    rows.session.add(model)
    rows.models.append(model)
    return number


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
