"""Answers needed: how many images a latent labels rightly from a few answers about its clusters.

One answer per cluster, the majority of the true classes on its card, and no retraining, no split,
no second look: it measures the latent, not the labelling loop.
"""

from collections.abc import Sequence

import numpy as np

from labeller.config import RoundConfig
from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers import cluster
from labeller.rounds.propagation import LabelledNode, propagate
from labeller.rounds.questions.prototypes import Prototype, prototypes
from labeller.rounds.spaces import embed


def curve_of_answers(
    points: np.ndarray,
    latents: np.ndarray,
    targets: np.ndarray,
    config: RoundConfig,
    *,
    budgets: Sequence[int],
    seed: int = 0,
    report: Report = silent,
) -> list[dict[str, float]]:
    """`answers` and `accuracy` of each budget: that many clusters of the points, answered once.

    points (N, M) are those of `space_of`, of latents (N, D). Images whose class is unknown (targets
    -1) are clustered and not scored. Budgets above N / 2 are left out. Raises ValueError for a
    budget below 2.
    """
    if any(budget < 2 for budget in budgets):
        raise ValueError(f"budgets must be 2 answers or more, got {min(budgets)}")
    fitting = sorted({budget for budget in budgets if budget <= len(latents) // 2})
    rows, labelled = np.arange(len(latents)), targets >= 0
    curve = []
    for place, budget in enumerate(fitting):
        report(Progress("answers", place, len(fitting), f"{budget} answers"))
        wanted = config.cluster.model_copy(update={"clusters": budget})
        clusters = cluster(points, wanted, seed=seed)
        cards = prototypes(points, latents, clusters, rows, config.card, seed=seed)
        nodes = [node for n, card in enumerate(cards) if (node := _answered(n, card, targets))]
        labels = propagate(len(latents), nodes, config.propagate).labels
        accuracy = float((labels[labelled] == targets[labelled]).mean())
        curve.append({"answers": budget, "accuracy": accuracy})
    return curve


def space_of(
    latents: np.ndarray, config: RoundConfig, *, seed: int = 0, report: Report = silent
) -> np.ndarray:
    """The points (N, M) of latents (N, D) in the space in which `config` clusters them."""
    return embed(latents, config.embed, seed=seed, report=report)


def _answered(number: int, card: Prototype, targets: np.ndarray) -> LabelledNode | None:
    """The card with the majority of its images' classes as the answer; None: no class known."""
    shown = np.concatenate([[card.medoid], card.near, card.random, card.far]).astype(np.int64)
    votes = targets[shown][targets[shown] >= 0]
    if not len(votes):
        return None
    counts = np.bincount(votes)
    return LabelledNode(
        answer=number,
        label=int(counts.argmax()),
        confidence=float(counts.max() / counts.sum()),
        members=card.members,
        euclidean=card.euclidean,
        mahalanobis=card.mahalanobis,
        posterior=card.posterior,
    )
