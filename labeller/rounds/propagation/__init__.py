"""Step 6 of a round: from answers about centres to a label and a weight for every image.

One file a rule. numpy and scipy only, because the Review page calls it at each move of a slider.
"""

from collections.abc import Sequence

import numpy as np

from labeller.config import PropagateConfig
from labeller.rounds.graph import Graph
from labeller.rounds.propagation.base import NO_ANSWER as NO_ANSWER
from labeller.rounds.propagation.base import NO_LABEL as NO_LABEL
from labeller.rounds.propagation.base import ROOM as ROOM
from labeller.rounds.propagation.base import LabelledNode as LabelledNode
from labeller.rounds.propagation.base import Propagation as Propagation
from labeller.rounds.propagation.base import Rule as Rule
from labeller.rounds.propagation.base import register as register
from labeller.rounds.propagation.base import rule_of as rule_of
from labeller.rounds.propagation.joining import JOINS as JOINS
from labeller.rounds.propagation.joining import Correction as Correction
from labeller.rounds.propagation.joining import Marks as Marks
from labeller.rounds.propagation.joining import combine as combine
from labeller.rounds.propagation.joining import corrected as corrected
from labeller.rounds.propagation.joining import overlay as overlay
from labeller.rounds.propagation.joining import with_marks as with_marks


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
