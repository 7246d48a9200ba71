"""Label spreading."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from labeller.rounds.graph import Graph, solve
from labeller.rounds.propagation.along_graph import AlongGraph
from labeller.rounds.propagation.base import LabelledNode, register

# Far from all seeds little is left, and it is still told by whom.
TOLERANCE = 1e-6


@register
class Spreading(AlongGraph):
    """Label spreading (Zhou et al. 2004) from the cores of the answered clusters."""

    name = "spreading"
    title = "Label spreading"
    meaning = (
        "The core of each cluster gets its answer; images like it follow, neighbour by neighbour, "
        "and the neighbours decide where two classes meet."
    )

    class Config(AlongGraph.Config):
        """Of label spreading."""

        alpha: float = Field(
            0.9,
            gt=0,
            lt=1,
            description="How much comes from the neighbours.",
            title="From the neighbours α",
            json_schema_extra={"slider": [0.05, 0.99, 0.01]},
        )

    def influence(self, nodes: Sequence[LabelledNode], graph: Graph) -> np.ndarray:
        """G = (1 - alpha) (I - alpha S)^-1 Y, the limit of their iteration F = alpha S F +
        (1 - alpha) Y, with the seeds Y.

        scikit-learn's LabelSpreading gives the same rows up to their sums; it takes certain seeds
        only and runs at most 30 of these iterations by default.
        """
        alpha, seeds = self.config.alpha, self.seeds(nodes, graph)
        influence: np.ndarray = (1 - alpha) * solve(
            graph.normalised, alpha, seeds, tolerance=TOLERANCE
        )
        return influence
