"""Answers needed: how many images a latent labels rightly from a few answers about its clusters.

One answer a cluster, the majority of the true classes on its card, and no retraining, no split, no
second look: the curve says something of the latent, and is not what a person reaches in the
labelling loop. `labeller simulate --method NAME` goes through that one, `compare --loop` for each
run of a comparison.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeller.config import RoundConfig
from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers import cluster
from labeller.rounds.propagation import LabelledNode, propagate
from labeller.rounds.questions.prototypes import Prototype, prototypes
from labeller.rounds.spaces import embed

BUDGETS = (10, 20, 30, 50)


@dataclass(frozen=True)
class Efficiency:
    """After `answers` answers: share of images with the right label, share with any label."""

    answers: int
    accuracy: float
    coverage: float


def curve_of_answers(
    latents: np.ndarray,
    targets: np.ndarray,
    config: RoundConfig,
    *,
    budgets: Sequence[int] = BUDGETS,
    seed: int = 0,
    points: np.ndarray | None = None,
    report: Report = silent,
) -> list[Efficiency]:
    """One record a budget: that many clusters of latents (N, D), each answered once.

    The expert sees the classes of the images on the card and gives their majority, never a split.
    Images whose class is unknown (targets -1) are clustered and not scored. Budgets above N / 2
    are left out. `points` (N, M) are those of `space_of`, when the caller has them. Raises
    ValueError for a budget below 2.
    """
    if any(budget < 2 for budget in budgets):
        raise ValueError(f"budgets must be 2 answers or more, got {min(budgets)}")
    fitting = sorted({budget for budget in budgets if budget <= len(latents) // 2})
    if points is None:
        points = space_of(latents, config, seed=seed, report=report)
    found = []
    for place, budget in enumerate(fitting):
        report(Progress("answers", place, len(fitting), f"{budget} answers"))
        clusters = cluster(
            points, config.cluster.model_copy(update={"clusters": budget}), seed=seed
        )
        rows = np.arange(len(latents))
        cards = prototypes(points, latents, clusters, rows, config.card, seed=seed)
        nodes = [node for n, card in enumerate(cards) if (node := _answered(n, card, targets))]
        labels = propagate(len(latents), nodes, config.propagate).labels
        known = targets >= 0
        found.append(
            Efficiency(
                answers=budget,
                accuracy=float((labels[known] == targets[known]).mean()),
                coverage=float((labels >= 0).mean()),
            )
        )
    return found


def space_of(
    latents: np.ndarray, config: RoundConfig, *, seed: int = 0, report: Report = silent
) -> np.ndarray:
    """The points (N, M) of latents (N, D) in the space in which `config` clusters them."""
    return embed(latents, config.embed, seed=seed, report=report)


def _answered(number: int, card: Prototype, targets: np.ndarray) -> LabelledNode | None:
    """The card with the majority of its images' classes as the answer; None: no class known."""
    shown = np.concatenate([[card.medoid], card.near, card.random, card.far]).astype(np.int64)
    known = targets[shown][targets[shown] >= 0]
    if not len(known):
        return None
    counts = np.bincount(known)
    return LabelledNode(
        answer=number,
        label=int(counts.argmax()),
        confidence=float(counts.max() / counts.sum()),
        members=card.members,
        euclidean=card.euclidean,
        mahalanobis=card.mahalanobis,
        posterior=card.posterior,
    )
