"""The number of clusters of a round, when the settings leave it to the worker."""

import numpy as np
from sqlalchemy import func, select

from labeller.config import CHOOSE, RoundConfig
from labeller.jobs.task import Task
from labeller.rounds.questions.cluster_count import ClusterCounts, cluster_counts
from labeller.store.classes import standing_merges
from labeller.store.schema import ProjectClass


def choose_clusters(
    task: Task, points: np.ndarray, config: RoundConfig
) -> tuple[RoundConfig, ClusterCounts | None]:
    """The settings with a number of clusters, and the scores it was chosen by; None if given."""
    if config.cluster.clusters != CHOOSE:
        return config, None
    with task.store.read() as session:
        query = select(func.count()).where(ProjectClass.project_id == task.project_id)
        merged = len(standing_merges(session, task.project_id))
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
