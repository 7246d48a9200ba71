"""Poisson learning."""

from collections.abc import Sequence

import numpy as np

from labeller.rounds.graph import Graph, solve
from labeller.rounds.propagation.along_graph import AlongGraph
from labeller.rounds.propagation.base import LabelledNode, register

TOLERANCE = 1e-3  # it keeps its size far from the seeds


@register
class Poisson(AlongGraph):
    """Poisson learning (Calder et al. 2020), for very few answers.

    The class scores are its solution with the seeds weighted; with two classes alone, confidences
    then change the weights and not the border.
    """

    name = "poisson"
    title = "Poisson learning"
    meaning = (
        "Like label spreading, made for very few answers: what far images hear is weighed against "
        "the average."
    )

    def influence(self, nodes: Sequence[LabelledNode], graph: Graph) -> np.ndarray:
        """L g_a = y_a - pi_a with the graph Laplacian L = D - W.

        pi_a is the mass of the seeds y_a in each connected part of the graph, spread over it by
        degree: without it there would be no solution. Of the solutions, the one of degree-weighted
        mean 0 in each part. `gains` makes the paper's right-hand side of them (Eq. 2.1), which
        differs by seeds that have weights.
        """
        seeds = self.seeds(nodes, graph)
        root = np.sqrt(graph.degree)[:, None]
        parts = graph.components
        mass, volume = _by_part(seeds, parts), _by_part(graph.degree[:, None], parts)
        balanced = seeds - (mass / volume)[parts] * graph.degree[:, None]
        # L = D^(1/2) (I - S) D^(1/2)
        influence: np.ndarray = (
            solve(graph.normalised, 1.0, balanced / root, tolerance=TOLERANCE) / root
        )
        return influence

    def gains(
        self,
        scores: np.ndarray,
        confidence: np.ndarray,
        nodes: Sequence[LabelledNode],
        member_of: np.ndarray,
        graph: Graph,
    ) -> np.ndarray:
        """The scores less each node's share of all seeds: the paper's y_j minus mean y.

        Where a connected part has seeds of one class only, nothing is left after that, and the
        shares themselves are the gains.
        """
        parts = graph.components
        masses = _by_part(self.seeds(nodes, graph), parts) * confidence
        total = masses.sum(axis=1, keepdims=True)
        shares = masses / np.where(total > 0, total, 1)
        alone = ((shares @ member_of) > 1 - 1e-6).any(axis=1)[parts]
        centred = scores - shares[parts] * scores.sum(axis=1, keepdims=True)
        gains: np.ndarray = np.where(alone[:, None], shares[parts], centred)
        return gains


def _by_part(values: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Sums (parts, A) of values (n, A) over each connected part."""
    from scipy import sparse

    places = np.arange(len(parts))
    of_part = sparse.csr_matrix((np.ones(len(parts), np.float32), (parts, places)))
    sums: np.ndarray = of_part @ values
    return sums
