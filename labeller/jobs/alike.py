"""The images of other cards that are most like those of a card, which its answer is checked by."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import select

from labeller.config import RoundConfig
from labeller.jobs.model_files import compared
from labeller.jobs.task import Task
from labeller.rounds.questions.contradicted import most_alike
from labeller.rounds.questions.prototypes import Prototype
from labeller.store import answers as tree
from labeller.store.schema import Answer, Node

KEPT = 60  # most of them are on cards that will not be answered


def alike(
    task: Task, model: int, number: int, found: Sequence[Prototype], config: RoundConfig
) -> list[np.ndarray] | None:
    """For each new card of round `number`: (shown, k) int64, the most alike first, of the images on
    the other cards of the round, on those of `found`, and on answered ones of earlier rounds.

    None where images are compared in the latent: there clusters that touch tell more.
    """
    if config.embed.of != "features":
        return None
    shown = [np.array([p.medoid, *p.near, *p.random, *p.far], np.int64) for p in found]
    pool = np.unique(np.concatenate([*shown, _shown_before(task, number)]))
    points = compared(task, model, config)[pool]
    return most_alike(points, pool, [np.searchsorted(pool, each) for each in shown], KEPT)


def _shown_before(task: Task, number: int) -> np.ndarray:
    """Images on cards of the round, and on those of earlier rounds that have an answer."""
    answered = select(Answer.id).where(
        Answer.project_id == Node.project_id,
        Answer.round == Node.round,
        Answer.node_key == Node.key,
    )
    query = select(Node).where(
        Node.project_id == task.project_id, (Node.round == number) | answered.exists()
    )
    with task.store.read() as session:
        found = [image for node in session.scalars(query) for image in tree.shown_on(node)]
    return np.array(found, np.int64)
