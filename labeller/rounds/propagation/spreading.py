"""Step 6 of a round along the graph of neighbours: label spreading and Poisson learning.

numpy and scipy only, because the Review page calls it. Where `propagate` gives a whole cluster its
answer, here only the cluster's core gets it; the graph decides the borders.
"""

import math
from collections.abc import Sequence

import numpy as np

from labeller.config import PropagateConfig
from labeller.rounds.graph import Graph, solve
from labeller.rounds.propagation.propagate import NO_LABEL, LabelledNode, Propagation, check_nodes

# Far from all seeds little is left, and it is still told by whom. Poisson learning keeps its size.
FAR_TOLERANCE = 1e-6
TOLERANCE = 1e-3


def spread(
    count: int,
    nodes: Sequence[LabelledNode],
    config: PropagateConfig,
    graph: Graph,
    *,
    known: np.ndarray | None = None,
) -> Propagation:
    """Labels and weights of `count` images from the cores of `nodes`, along `graph`.

    Nodes with the label -1 were not answered: each core speaks for a class of its own that competes
    with the others and gives no label, so that a cluster nobody answered keeps none. `known` is
    `influence` of the same nodes, when the caller has it.

    With G (n, A) from `influence`, p_a the confidence of node a and k its class, the score of a
    class is U_ik = sum of p_a G_ia over its nodes. Image i gets the class with the greatest score
    and the weight w_i = p_s max(U_ik, 0) / sum_j max(U_ij, 0), where s, the source, is the node
    that gave most to the score. For Poisson learning U is the solution of Calder et al. 2020 with
    the seeds weighted; with two classes alone, confidences then change the weights and not the
    border. Distance is that from the centre of the source's cluster for its members,
    NaN for other images.

    Raises ValueError as `propagate` does, and for a member that is not in the graph.
    """
    check_nodes(nodes, count, lowest=NO_LABEL)
    result = Propagation.empty(count)
    if not any(node.label >= 0 for node in nodes):
        return result
    if known is None:
        known = influence(nodes, config, graph)
    confidence = np.array([node.confidence for node in nodes], np.float32)
    named = [node.label if node.label >= 0 else -1 - place for place, node in enumerate(nodes)]
    classes, column = np.unique(named, return_inverse=True)
    member_of = (column[:, None] == np.arange(len(classes))).astype(np.float32)
    gains = known * confidence
    if config.rule == "poisson":
        gains = _centred(gains, _masses(nodes, config, graph) * confidence, member_of, graph)
    scores = np.maximum(gains @ member_of, 0)
    total = scores.sum(axis=1)
    winner = scores.argmax(axis=1)
    share = scores.max(axis=1) / np.where(total > 0, total, 1)
    source = np.where(column == winner[:, None], gains, -np.inf).argmax(axis=1)
    told = (total > 0) & (classes[winner] >= 0)
    images = graph.images[told]
    result.labels[images] = classes[winner[told]]
    result.weights[images] = np.clip(share * confidence[source], 0, 1)[told]
    result.source[images] = np.array([node.answer for node in nodes])[source[told]]
    for node in nodes:
        mine = result.source[node.members] == node.answer
        mine &= result.labels[node.members] >= 0
        result.distance[node.members[mine]] = getattr(node, config.distance)[mine]
    return result


def influence(nodes: Sequence[LabelledNode], config: PropagateConfig, graph: Graph) -> np.ndarray:
    """What each of A nodes, if it were answered with certainty, would tell each image: (n, A).

    A node's seeds y_a are its core: the share `config.core` of its members nearest to the centre,
    each weighted by its posterior.

    spreading (Zhou et al. 2004): G = (1 - alpha) (I - alpha S)^-1 Y, the limit of their iteration
    F = alpha S F + (1 - alpha) Y. scikit-learn's LabelSpreading gives the same rows up to their
    sums; it takes certain seeds only and runs at most 30 of these iterations by default.

    poisson (Calder et al. 2020): L g_a = y_a - pi_a with the graph Laplacian L = D - W, where pi_a
    is y_a's mass in each connected part of the graph, spread over it by degree: without it there
    would be no solution. Of the solutions, the one of degree-weighted mean 0 in each part. `spread`
    makes the paper's right-hand side of them (Eq. 2.1), which differs by seeds that have weights.

    The confidences do not come in here, so that one result serves all of them.
    """
    seeds = _seeds(nodes, config, graph)
    if config.rule == "spreading":
        return (1 - config.alpha) * solve(
            graph.normalised, config.alpha, seeds, tolerance=FAR_TOLERANCE
        )
    root = np.sqrt(graph.degree)[:, None]
    parts = graph.components
    mass, volume = _by_part(seeds, parts), _by_part(graph.degree[:, None], parts)
    balanced = seeds - (mass / volume)[parts] * graph.degree[:, None]
    # L = D^(1/2) (I - S) D^(1/2)
    return solve(graph.normalised, 1.0, balanced / root, tolerance=TOLERANCE) / root


def _centred(
    gains: np.ndarray, masses: np.ndarray, member_of: np.ndarray, graph: Graph
) -> np.ndarray:
    """Poisson gains (n, A) less each node's share of all seeds: the paper's y_j minus mean y.

    `masses` (parts, A) are the seeds' weights in each connected part. Where a part has seeds of
    one class only, nothing is left after that, and the shares themselves are the gains.
    """
    parts = graph.components
    total = masses.sum(axis=1, keepdims=True)
    shares = masses / np.where(total > 0, total, 1)
    alone = ((shares @ member_of) > 1 - 1e-6).any(axis=1)[parts]
    centred = gains - shares[parts] * gains.sum(axis=1, keepdims=True)
    return np.where(alone[:, None], shares[parts], centred)


def _seeds(nodes: Sequence[LabelledNode], config: PropagateConfig, graph: Graph) -> np.ndarray:
    """The weight of each image as a seed of each node, (n, A) float32."""
    seeds = np.zeros((len(graph.images), len(nodes)), np.float32)
    for place, node in enumerate(nodes):
        distance = getattr(node, config.distance)
        core = np.argsort(distance, kind="stable")[: math.ceil(config.core * len(distance))]
        seeds[graph.rows(node.members[core]), place] = np.clip(node.posterior[core], 0, 1)
    return seeds


def _masses(nodes: Sequence[LabelledNode], config: PropagateConfig, graph: Graph) -> np.ndarray:
    return _by_part(_seeds(nodes, config, graph), graph.components)


def _by_part(values: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Sums (parts, A) of values (n, A) over each connected part."""
    from scipy import sparse

    places = np.arange(len(parts))
    of_part = sparse.csr_matrix((np.ones(len(parts), np.float32), (parts, places)))
    return of_part @ values
