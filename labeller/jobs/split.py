"""The job that splits: clusters the members of one node again, for a person who saw it is mixed.

Or takes the rest out of it: what lies with the images that a person marked as wrong.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import select

from labeller.config import RoundConfig
from labeller.errors import NotFoundError
from labeller.jobs.kinds import SplitPayload
from labeller.jobs.model_files import compared, latents_of, points_of
from labeller.jobs.nodes import OF_A_RECHECK, store_nodes
from labeller.jobs.round_inputs import candidates
from labeller.jobs.task import Task
from labeller.rounds.clusterers import cluster, one_cluster
from labeller.rounds.questions.candidates import rest
from labeller.rounds.questions.prototypes import prototypes
from labeller.store.answers import shown_on
from labeller.store.files import read_arrays
from labeller.store.schema import Node


def split(task: Task, payload: SplitPayload) -> dict[str, Any]:
    """Clusters the members of one node again, or finds its rest; what comes of it are questions of
    the same round.
    """
    number, answer, wrong = payload.round, payload.answer, payload.wrong
    round_, node = task.round(number), _node(task, number, payload.node)
    config = RoundConfig.model_validate(round_.config)
    members = read_arrays(task.folder.node(number, node.key))["members"]
    asked = candidates(task, round_.model, number, config, opened=True)
    again = {name: node.card[name] for name in OF_A_RECHECK if name in node.card}
    rows = np.searchsorted(task.images.train, members)
    if np.isin(rows, asked.rows).all():
        points = asked.points[np.searchsorted(asked.rows, rows)]
    else:  # of a cluster that is asked about again, whose images are no candidates
        points = points_of(task, round_.model, members, config)

    if payload.split is not None:
        parts = min(payload.split, len(members))
        wanted = asked.cluster.model_copy(update={"clusters": parts})
        clusters = cluster(points, wanted, seed=config.train.seed + answer, parts=True)
    else:
        # UMAP tears apart what lies together.
        on_features = config.embed.of == "features"
        near = compared(task, round_.model, config)[members] if on_features else points
        kept = _rest(near, members, shown_on(node), wrong or ())
        if not len(kept):
            return {"round": number, "cards": 0, "noise": 0}
        points, members = points[kept], members[kept]
        clusters = one_cluster(points)
    latents = latents_of(task, round_.model)[members]
    cards = prototypes(points, latents, clusters, members, config.card, seed=config.train.seed)
    nodes = store_nodes(
        task,
        number,
        round_.model,
        cards,
        asked=asked,
        config=config,
        parent=node,
        answer=answer,
        rest=wrong or (),
    )
    for part in nodes if again and wrong is None else ():
        part.card = {**part.card, "known": 0.0, **again}
    with task.store.write() as session:
        known = select(Node).where(
            Node.project_id == task.project_id, Node.round == number, Node.parent_key == node.key
        )
        made = [
            one.split_answer == answer
            or (wrong is not None and one.card.get("rest") == list(wrong))
            for one in session.scalars(known)
        ]
        if not any(made):  # of two people who marked the same there is one rest
            session.add_all(nodes)
    return {"round": number, "cards": len(nodes), "noise": clusters.noise}


def _rest(
    points: np.ndarray, members: np.ndarray, shown: Sequence[int], wrong: Sequence[int]
) -> np.ndarray:
    """Rows of the members, which lie at `points`, that are the rest."""
    marked = np.isin(shown, wrong)
    order = np.argsort(members)
    rows = order[np.searchsorted(members, shown, sorter=order)]
    return rest(points, rows[~marked], rows[marked])


def _node(task: Task, number: int, key: str) -> Node:
    query = select(Node).where(
        Node.project_id == task.project_id, Node.round == number, Node.key == key
    )
    with task.store.read() as session:
        node = session.scalar(query)
    if node is None:
        raise NotFoundError(f"there is no cluster {key} in round {number}")
    return node
