"""The job that asks: opens a round of questions on a model's latents.

Retraining opens the next round the same way. What is decided here, is decided by pure functions of
`labeller.rounds`; this file reads for them and writes what they say.
"""

import time
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from sqlalchemy import func, select

from labeller.config import CHOOSE, RoundConfig
from labeller.jobs.asked_again import Recheck, asked_again, shared_out
from labeller.jobs.kinds import ClusterPayload
from labeller.jobs.model_files import latents_of, points_of
from labeller.jobs.nodes import store_nodes
from labeller.jobs.round_inputs import candidates
from labeller.jobs.task import Task
from labeller.rounds.clusterers import cluster, clusterer_of, one_cluster
from labeller.rounds.questions.cluster_count import ClusterCounts, cluster_counts
from labeller.rounds.questions.prototypes import Prototype, prototypes
from labeller.store.classes import merged_labels
from labeller.store.files import write_json
from labeller.store.project_rows import ProjectRows
from labeller.store.schema import Node, ProjectClass, Round
from labeller.store.statements import Computed, keep_answers, to_keep


def recluster(task: Task, payload: ClusterPayload) -> dict[str, Any]:
    """Opens a new round from a model that exists, with other clusters or another space."""
    return open_round(task, payload.model, task.config(payload))


def open_round(task: Task, model: int, config: RoundConfig) -> dict[str, Any]:
    """Clusters the images to ask about and stores a question for each cluster.

    What was answered in the open round meanwhile is propagated first, and once more at the end.
    """
    opened = _already_open(task, model)
    if opened is not None:
        return opened
    ready = _to_keep(task)
    with task.store.write() as session:
        keep_answers(ProjectRows(session, task.project, task.folder), ready)
    number, seconds = _next_number(task), dict[str, float]()
    started = time.monotonic()
    asked = candidates(task, model, number, config)
    seconds["embed"] = time.monotonic() - started

    started = time.monotonic()
    seed, counts = config.train.seed, None
    if asked.everyone:
        config, counts = _choose_clusters(task, asked.points, config)
        asked = replace(asked, cluster=config.cluster)
    again = [] if asked.everyone else asked_again(task, model, number, config)
    again, asked = shared_out(again, asked, task.images.train)
    clusters = cluster(asked.points, asked.cluster, seed=seed, report=task.report)
    members = task.images.train[asked.rows]
    latents = latents_of(task, model)[members]
    cards = prototypes(asked.points, latents, clusters, members, config.card, seed=seed)
    seconds["cluster"] = time.monotonic() - started

    cards = [_whole(task, number, model, recheck, config) for recheck in again] + cards
    nodes = store_nodes(task, number, model, cards, asked=asked, config=config)
    for node, recheck in zip(nodes, again, strict=False):
        why = {"again": recheck.reason, "before": recheck.before, "absent": list(recheck.absent)}
        node.card = {**node.card, "known": 0.0, **why, "corrects": recheck.corrects}
    if counts is not None:
        write_json(task.folder.counts(number), asdict(counts))
    row = Round(
        project_id=task.project_id,
        number=number,
        model=model,
        config=config.model_dump(mode="json"),
        seconds=seconds,
        noise=clusters.noise,
    )
    ready = _to_keep(task)
    with task.store.write() as session:
        keep_answers(ProjectRows(session, task.project, task.folder), ready)
        session.add_all([row, *nodes])
    return _result(row, len(nodes))


def _to_keep(task: Task) -> Computed | None:
    with task.store.read() as session:
        return to_keep(ProjectRows(session, task.project, task.folder))


def _next_number(task: Task) -> int:
    query = select(func.max(Round.number)).where(Round.project_id == task.project_id)
    with task.store.read() as session:
        return (session.scalar(query) or 0) + 1


def _result(row: Round, cards: int) -> dict[str, Any]:
    return {"round": row.number, "cards": cards, "noise": row.noise, "seconds": row.seconds}


def _choose_clusters(
    task: Task, points: np.ndarray, config: RoundConfig
) -> tuple[RoundConfig, ClusterCounts | None]:
    """The settings with a number of clusters, and the scores it was chosen by.

    None where the number is given, or the algorithm finds it.
    """
    if config.cluster.clusters != CHOOSE or not clusterer_of(config.cluster).takes_count:
        return config, None
    with task.store.read() as session:
        query = select(func.count()).where(ProjectClass.project_id == task.project_id)
        merged = len(merged_labels(session, task.project_id).final)
        classes = (session.scalar(query) or 0) - merged
    counts = cluster_counts(
        points,
        config.cluster,
        at_least=max(2, classes),
        seed=config.train.seed,
        report=task.report,
    )
    chosen = config.cluster.model_copy(update={"clusters": counts.best})
    return config.model_copy(update={"cluster": chosen}), counts


def _whole(task: Task, number: int, model: int, recheck: Recheck, config: RoundConfig) -> Prototype:
    """The card of images that are asked about together once more."""
    members, card = recheck.members, recheck.card
    points, latents = points_of(task, model, members, config), latents_of(task, model)[members]
    seed = config.train.seed + number  # other images on the card than before
    card_of_all = prototypes(points, latents, one_cluster(points), members, config.card, seed=seed)[
        0
    ]
    if card is None:
        return card_of_all
    near, random, far = (np.array(card[name], np.int64) for name in ("near", "random", "far"))
    return replace(card_of_all, medoid=card["medoid"], near=near, random=random, far=far)


def _already_open(task: Task, model: int) -> dict[str, Any] | None:
    """What a run of this job that was killed at its very end has done; None: nothing."""
    with task.store.read() as session:
        made = select(Round).where(
            Round.project_id == task.project_id,
            Round.model == model,
            Round.created_at >= task.job.created_at,
        )
        row = session.scalar(made.limit(1))
        if row is None:
            return None
        nodes = select(func.count()).where(
            Node.project_id == task.project_id,
            Node.round == row.number,
            Node.split_answer.is_(None),
        )
        cards = session.scalar(nodes) or 0
    return _result(row, cards)
