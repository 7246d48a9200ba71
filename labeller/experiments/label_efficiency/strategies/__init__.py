"""Which images to ask about next: the single-image strategies of active learning.

`classical` has what scikit-activeml has, `covering` those that cover the pool, `dropping` the one
that drops features. A strategy is a function (candidates, count, random_state) -> rows, and a line
in `_RULES`.
"""

from collections.abc import Callable

import numpy as np

from labeller.experiments.label_efficiency.strategies import classical, covering, dropping
from labeller.experiments.label_efficiency.strategies.candidates import NO_LABEL, Candidates
from labeller.runtime import stream_seed

Rule = Callable[[Candidates, int, np.random.RandomState], np.ndarray]

RANDOM = "random"
SPREAD = "random+neighbours"  # each image has the label of the nearest one that was asked about
PLAIN_CNN = "plain-cnn"  # the student is another: `plain_cnn`
_RULES: dict[str, Rule] = {
    RANDOM: classical.random,
    SPREAD: classical.random,
    "least-confidence": classical.least_confidence,
    "margin": classical.margin,
    "entropy": classical.entropy,
    "core-set": classical.core_set,
    "typiclust": classical.typiclust,
    "tcm": classical.typiclust_then_margin,
    "badge": classical.badge,
    "probcover": covering.prob_cover,
    "maxherding": covering.max_herding,
    "uherding": covering.uncertainty_herding,
    "dropquery": dropping.drop_query,
    PLAIN_CNN: classical.random,
}
STRATEGIES = tuple(_RULES)
# These begin with random images: without a student nothing is uncertain.
BEGIN_AT_RANDOM = frozenset({"least-confidence", "margin", "entropy", "badge"})
ASK_THE_STUDENT = BEGIN_AT_RANDOM | {"tcm", "uherding"}


def choose(strategy: str, candidates: Candidates, count: int, *, seed: int) -> np.ndarray:
    """The next `count` images to ask about: rows of the pool (count,) int64, none asked before.

    The same seed chooses the same images, and strategies that begin at random begin alike.
    Raises ValueError for an unknown strategy or more images than are left, StateError when
    scikit-activeml is needed and not installed.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy must be one of {', '.join(STRATEGIES)}, got {strategy}")
    left = int((candidates.labels == NO_LABEL).sum())
    if not 1 <= count <= left:
        raise ValueError(f"count must be between 1 and {left} (the images left), got {count}")
    if strategy in BEGIN_AT_RANDOM and candidates.probabilities is None:
        strategy = RANDOM
    rule = _RULES[strategy]
    if rule is classical.random:
        strategy = RANDOM
    asked = len(candidates.labels) - left
    random_state = np.random.RandomState(stream_seed(seed, f"{strategy}/{asked}"))
    return np.asarray(rule(candidates, count, random_state), np.int64)
