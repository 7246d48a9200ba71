"""Each member of a cluster gets its answer, with a weight that falls with the distance."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.rounds.graph import Graph
from labeller.rounds.propagation.base import (
    DISTANCES,
    LabelledNode,
    Propagation,
    Rule,
    check_nodes,
    register,
)

DECAYS: dict[str, Any] = {
    "gaussian": "Gaussian, exp(−a·d²)",
    "exponential": "Exponential, exp(−a·d)",
    "posterior": "Probability of the cluster",
    "uniform": "None: all members alike",
}
FALLING: dict[str, Any] = {
    "only_with": {"decay": ["gaussian", "exponential"]}
}  # decays that look at the distance


@register
class Decay(Rule):
    """Eqs. 2 and 3 of the paper (section 3.3), and two decays that do not look at the distance.

    w = p_c f(d), with f = exp(-a d) (exponential, Eq. 2), exp(-a d^2) (gaussian, Eq. 3), the
    mixture's posterior, or 1 (uniform). With `scaled`, which the paper has not, d is divided by
    the median d of the cluster's members, so that `a` means the same in every space.
    """

    name = "decay"
    title = "Decay with the distance"
    meaning = "Each cluster gets its answer whole."

    class Config(Settings):
        """Of a decay with the distance."""

        decay: Literal["exponential", "gaussian", "posterior", "uniform"] = Field(
            "gaussian",
            description="How the weight falls with the distance.",
            json_schema_extra={"titles": {**DECAYS}},
        )
        a: float = Field(
            1.0,
            ge=0,
            le=100,
            description="How fast the weight falls with the distance: a in the formula.",
            title="Steepness",
            json_schema_extra={"slider": [0.0, 5.0, 0.05], **FALLING},
        )
        distance: Literal["euclidean", "mahalanobis"] = Field(
            "euclidean",
            description="Distance d.",
            json_schema_extra={"titles": {**DISTANCES}, **FALLING},
        )
        scaled: bool = Field(
            True,
            description="Measure d in medians of the cluster.",
            title="In medians of the cluster",
            json_schema_extra={**FALLING},
        )

    def propagate(
        self,
        count: int,
        nodes: Sequence[LabelledNode],
        *,
        graph: Graph | None = None,
        influence: np.ndarray | None = None,
    ) -> Propagation:
        """Gives each member of each node the node's label, with its weight.

        Raises ValueError for a member outside [0, count), for arrays of a node that differ in
        length, for a label or confidence out of range, and for nodes that share an image: an image
        has one open cluster, since a split replaces the node by its children.
        """
        check_nodes(nodes, count)
        result = Propagation.empty(count)
        for node in nodes:
            distance = np.asarray(getattr(node, self.config.distance), np.float32)
            result.labels[node.members] = node.label
            result.weights[node.members] = node.confidence * self._share(node, distance)
            result.source[node.members] = node.answer
            result.distance[node.members] = distance
        return result

    def _share(self, node: LabelledNode, distance: np.ndarray) -> np.ndarray:
        """f(d) of each member, float32 in [0, 1]."""
        if self.config.scaled:
            distance = distance / _typical(distance)
        return SHARES[self.config.decay](node, distance, self.config.a)


def _typical(distance: np.ndarray) -> float:
    """The median; the mean when most members lie on the centre, and 1 when all do."""
    if not len(distance):
        return 1.0
    return float(np.median(distance)) or float(distance.mean()) or 1.0


SHARES: dict[str, Callable[[LabelledNode, np.ndarray, float], np.ndarray]] = {
    "exponential": lambda node, d, a: np.exp(-a * d),
    "gaussian": lambda node, d, a: np.exp(-a * (d * d)),
    "posterior": lambda node, d, a: np.clip(node.posterior, 0.0, 1.0),
    "uniform": lambda node, d, a: np.ones(len(d), np.float32),
}
