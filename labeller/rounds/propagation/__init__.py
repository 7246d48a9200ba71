"""Step 6 of a round: from answers about centres to a label and a weight for every image.

One file a rule. numpy and scipy only, because the Review page calls it at each move of a slider.
"""

from collections.abc import Sequence

import numpy as np

from labeller.config import PropagateConfig
from labeller.rounds.graph import Graph
from labeller.rounds.propagation.base import (
    NO_ANSWER,
    NO_LABEL,
    ROOM,
    LabelledNode,
    Propagation,
    Rule,
    register,
    rule_of,
)
from labeller.rounds.propagation.joining import (
    JOINS,
    Correction,
    Marks,
    combine,
    corrected,
    overlay,
    with_marks,
)

__all__ = [
    "JOINS",
    "NO_ANSWER",
    "NO_LABEL",
    "ROOM",
    "Correction",
    "LabelledNode",
    "Marks",
    "Propagation",
    "Rule",
    "combine",
    "corrected",
    "overlay",
    "propagate",
    "register",
    "rule_of",
    "with_marks",
]


def propagate(
    count: int,
    nodes: Sequence[LabelledNode],
    config: PropagateConfig,
    *,
    graph: Graph | None = None,
    influence: np.ndarray | None = None,
) -> Propagation:
    """Labels and weights of `count` images by the rule of `config`; arguments as `Rule.propagate`.

    Raises ValueError as that does, and for an unknown rule.
    """
    return rule_of(config).propagate(count, nodes, graph=graph, influence=influence)
