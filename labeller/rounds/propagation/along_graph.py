"""Propagation along the graph of neighbours: only a cluster's core gets its answer.

The graph decides the borders. numpy and scipy only, because the Review page calls it.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.rounds.graph import Graph
from labeller.rounds.propagation.base import (
    DISTANCES,
    NO_LABEL,
    LabelledNode,
    Propagation,
    Rule,
    check_nodes,
)


class AlongGraph(Rule):
    """What both rules along the graph share; `influence` is what tells them apart."""

    uses_graph = True

    class Config(Settings):
        """Of a rule along the graph."""

        core: float = Field(
            1.0,
            gt=0,
            le=1,
            description="Share of a cluster, nearest to its centre, that is its core.",
            title="Core of a cluster",
            json_schema_extra={"slider": [0.05, 1.0, 0.05], "percent": True},
        )
        distance: Literal["euclidean", "mahalanobis"] = Field(
            "euclidean",
            description="Distance from the centre.",
            json_schema_extra={"titles": {**DISTANCES}},
        )

    def propagate(
        self,
        count: int,
        nodes: Sequence[LabelledNode],
        *,
        graph: Graph | None = None,
        influence: np.ndarray | None = None,
    ) -> Propagation:
        """Labels and weights of `count` images from the cores of `nodes`, along `graph`.

        Nodes with the label -1 were not answered: each core speaks for a class of its own that
        competes with the others and gives no label, so that a cluster nobody answered keeps none.

        With G (n, A) from `influence`, p_a the confidence of node a and k its class, the score of
        a class is U_ik = sum of p_a G_ia over its nodes. Image i gets the class with the greatest
        score and the weight w_i = p_s max(U_ik, 0) / sum_j max(U_ij, 0), where s, the source, is
        the node that gave most to the score. Distance is that from the centre of the source's
        cluster for its members, NaN for other images.

        Raises ValueError as `check_nodes` does, for a member that is not in the graph, and without
        a graph.
        """
        check_nodes(nodes, count, lowest=NO_LABEL)
        if graph is None:
            raise ValueError(f"{self.name} must be given the graph of neighbours, got none")
        result = Propagation.empty(count)
        if not any(node.label >= 0 for node in nodes):
            return result
        if influence is None:
            influence = self.influence(nodes, graph)
        confidence = np.array([node.confidence for node in nodes], np.float32)
        named = [node.label if node.label >= 0 else -1 - place for place, node in enumerate(nodes)]
        classes, column = np.unique(named, return_inverse=True)
        member_of = (column[:, None] == np.arange(len(classes))).astype(np.float32)
        gains = self.gains(influence * confidence, confidence, nodes, member_of, graph)
        scores = np.maximum(gains @ member_of, 0)
        total = scores.sum(axis=1)
        winner = scores.argmax(axis=1)
        share = scores.max(axis=1) / np.where(total > 0, total, 1)
        source = np.where(column == winner[:, None], gains, -np.inf).argmax(axis=1)
        labelled = (total > 0) & (classes[winner] >= 0)
        images = graph.images[labelled]
        result.labels[images] = classes[winner[labelled]]
        result.weights[images] = np.clip(share * confidence[source], 0, 1)[labelled]
        result.source[images] = np.array([node.answer for node in nodes])[source[labelled]]
        for node in nodes:
            mine = result.source[node.members] == node.answer
            mine &= result.labels[node.members] >= 0
            distance = getattr(node, self.config.distance)
            result.distance[node.members[mine]] = distance[mine]
        return result

    @abstractmethod
    def influence(self, nodes: Sequence[LabelledNode], graph: Graph) -> np.ndarray:
        """What each of A nodes, if it were answered with certainty, would tell each image: (n, A).

        The confidences do not come in here, so that one result serves all of them.
        """

    def gains(
        self,
        scores: np.ndarray,
        confidence: np.ndarray,
        nodes: Sequence[LabelledNode],
        member_of: np.ndarray,
        graph: Graph,
    ) -> np.ndarray:
        """What each node adds to the score of its class (n, A), from its score of each image.

        confidence (A,) of the nodes; member_of (A, classes): whose class is which.
        """
        return scores

    def seeds(self, nodes: Sequence[LabelledNode], graph: Graph) -> np.ndarray:
        """The weight of each image as a seed of each node, (n, A) float32.

        A node's seeds are its core: the share `core` of its members nearest to the centre, each
        weighted by its posterior.
        """
        seeds = np.zeros((len(graph.images), len(nodes)), np.float32)
        for place, node in enumerate(nodes):
            distance = getattr(node, self.config.distance)
            core = np.argsort(distance, kind="stable")[
                : math.ceil(self.config.core * len(distance))
            ]
            seeds[graph.rows(node.members[core]), place] = np.clip(node.posterior[core], 0, 1)
        return seeds
