"""How mixed a cluster is, in shares of its images: the hint of a card, calibrated by answers."""

from collections.abc import Sequence

import numpy as np

from labeller.records import Answer

# The hint is taken at its word until answers say more: by as much as PRIOR cards with such a hint.
PRIOR, TYPICAL = 4, 0.25
SPLIT = 0.5  # of a card that was split: a person gives up where about half is something else
MOST = 0.95


def share_wrong(answer: Answer, shown: int) -> float | None:
    """Which share of a card with `shown` images was something else than its label; None: unsaid.

    Images that were marked say it exactly, and a confidence without a mark as a guess.
    """
    if answer.kind == "skip":
        return None
    if answer.kind == "split":
        return SPLIT
    if answer.only:
        return 1 - len(answer.only) / max(shown, len(answer.only))
    return len(answer.wrong) / max(shown, 1) if answer.wrong else 1 - answer.confidence


def expected_wrong(
    hints: np.ndarray | Sequence[float], seen: Sequence[tuple[float, float]]
) -> np.ndarray:
    """The share of images of each card that a person would call something else, in [0, 0.95].

    hints (n,) in [0, 1]: `Prototype.impurity`; seen: hint and `share_wrong` of each card that was
    answered. A line through 0, by least squares with a prior of slope 1: what a hint means differs
    by data set, and is as wrong for photos as for digits before anybody said anything.
    """
    said = np.array(seen, float).reshape(-1, 2)
    prior = PRIOR * TYPICAL**2
    slope = (said.prod(axis=1).sum() + prior) / (np.square(said[:, 0]).sum() + prior)
    expected: np.ndarray = np.clip(slope * np.asarray(hints, float), 0.0, MOST)
    return expected
