"""Writes the nodes of a round: their arrays, and what their cards show."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.events import Progress
from labeller.jobs.alike import alike
from labeller.jobs.model_files import predictions_of
from labeller.jobs.task import Task
from labeller.rounds.questions.candidates import Candidates
from labeller.rounds.questions.label_issues import nearest_images
from labeller.rounds.questions.order import why_asked, why_rest
from labeller.rounds.questions.prototypes import Prototype
from labeller.store.files import write_arrays
from labeller.store.schema import Node

# What the card of a cluster of an earlier round has that is asked again, and so have its parts.
OF_A_RECHECK = ("again", "before", "absent")


def store_nodes(
    task: Task,
    number: int,
    model: int,
    found: Sequence[Prototype],
    *,
    asked: Candidates,
    config: RoundConfig,
    parent: Node | None = None,
    answer: int | None = None,
    rest: Sequence[int] = (),
) -> list[Node]:
    """Writes the arrays of each node; returns the rows, which the caller commits together.

    `parent` and `answer` are of the split that the nodes come from, if they do; with `rest`, images
    that were marked as wrong, the one node is the rest of the parent.
    """
    from labeller.rounds.encode import decode

    task.report(Progress("cards", 0, len(found), "decoding the centres"))
    method = task.warm.method(task.folder.model(model))
    centres = decode(method, np.stack([p.latent_centre for p in found]))
    predictions = predictions_of(task, model)
    around = _around(task.images.train[asked.rows], asked, found)
    seen = alike(task, model, number, found, config)
    rows = []
    for place, prototype in enumerate(found):
        part = "rest" if rest else str(place + 1)
        path = f"{parent.path}.{part}" if parent else part
        key = path if answer is None else f"{path}-a{answer}"
        arrays = {
            "members": prototype.members,
            "euclidean": prototype.euclidean,
            "mahalanobis": prototype.mahalanobis,
            "posterior": prototype.posterior,
            "centre": prototype.centre,
        }
        if (nearest := around[place]) is not None:
            arrays["neighbours"] = nearest
        if seen is not None:
            arrays["alike"] = seen[place]
        if centres is not None:
            arrays["image"] = centres[place]
        write_arrays(task.folder.node(number, key), arrays)
        rows.append(
            Node(
                project_id=task.project_id,
                round=number,
                key=key,
                path=path,
                parent_key=parent.key if parent else None,
                split_answer=answer,
                size=prototype.size,
                card=_card(prototype, predictions, asked)
                | ({"rest": sorted(rest), "why": why_rest(path)} if rest else {}),
            )
        )
    return rows


def _around(
    images: np.ndarray, asked: Candidates, found: Sequence[Prototype]
) -> list[np.ndarray | None]:
    """The images near each cluster; None for one asked again, which is not of the candidates."""
    inside = [bool(np.isin(prototype.members, images).all()) for prototype in found]
    groups = [
        np.searchsorted(images, prototype.members)
        for prototype, within in zip(found, inside, strict=True)
        if within
    ]
    near = iter(nearest_images(asked.points, images, groups) if groups else [])
    return [next(near) if within else None for within in inside]


def _card(
    prototype: Prototype, predictions: np.ndarray | None, asked: Candidates
) -> dict[str, Any]:
    known = asked.known
    card: dict[str, Any] = {
        "spread": float(prototype.spread),
        "impurity": float(prototype.impurity),
        "medoid": int(prototype.medoid),
        "near": [int(i) for i in prototype.near],
        "random": [int(i) for i in prototype.random],
        "far": [int(i) for i in prototype.far],
        "suggested": None,
        "agreement": 0.0,
        "known": 0.0 if known is None else float(known[prototype.members].mean()),
    }
    card["why"] = why_asked(prototype.size, None if known is None else card["known"])
    if predictions is not None and len(prototype.members):
        counts = np.bincount(predictions[prototype.members])
        card["suggested"] = int(counts.argmax())
        card["agreement"] = float(counts.max() / counts.sum())
        if not asked.everyone:  # the latent, where the hint looks, is not where these were grouped
            card["impurity"] = 1.0 - float(counts.max() / counts.sum())
    return card
