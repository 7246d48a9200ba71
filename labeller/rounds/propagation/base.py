"""What propagation takes and gives, and the room of the registry in which its rules stand."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from labeller.config import PropagateConfig
from labeller.registry import Room, Thing

if TYPE_CHECKING:
    from labeller.rounds.graph import Graph

NO_LABEL = -1
NO_ANSWER = -1
DISTANCES: dict[str, Any] = {"euclidean": "Euclidean", "mahalanobis": "Mahalanobis"}


@dataclass(frozen=True, eq=False)
class LabelledNode:
    """A cluster with its answer.

    answer: the answer's id; label: the class, from 0; confidence: p_c in [0, 1];
    members (n,) int64: images; euclidean, mahalanobis (n,): distances from the centre;
    posterior (n,) in [0, 1]: probability that the member belongs to this cluster.
    """

    answer: int
    label: int
    confidence: float
    members: np.ndarray
    euclidean: np.ndarray
    mahalanobis: np.ndarray
    posterior: np.ndarray


@dataclass(frozen=True, eq=False)
class Propagation:
    """What the answers say about each of N images.

    labels (N,) int64, -1 none; weights (N,) float32 in [0, 1], 0 where there is no label;
    source (N,) int64, the answer's id, -1 none; distance (N,) float32 from the centre of the
    source's cluster, in the unit of its space, NaN none.
    looked (N,) bool: the label was given to the image itself, which was looked at, and not only to
    its cluster; denied (N,) int64: the class that the image was looked at and is not, -1 none.
    Without them, no image was.
    """

    labels: np.ndarray
    weights: np.ndarray
    source: np.ndarray
    distance: np.ndarray
    looked: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    denied: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        # Files of earlier versions, and rules of clusters, know nothing of single images.
        if len(self.looked) != len(self.labels):
            object.__setattr__(self, "looked", np.zeros(len(self.labels), bool))
        if len(self.denied) != len(self.labels):
            object.__setattr__(self, "denied", np.full(len(self.labels), NO_LABEL, np.int64))

    @classmethod
    def empty(cls, count: int) -> "Propagation":
        """No label for any of `count` images."""
        return cls(
            np.full(count, NO_LABEL, np.int64),
            np.zeros(count, np.float32),
            np.full(count, NO_ANSWER, np.int64),
            np.full(count, np.nan, np.float32),
        )

    def among(self, images: np.ndarray) -> "Propagation":
        """The same about `images` (n,) int64, and nothing about any other."""
        result = Propagation.empty(len(self.labels))
        for name, values in vars(self).items():
            getattr(result, name)[images] = values[images]
        return result

    def copy(self) -> "Propagation":
        """The same in arrays of its own."""
        return Propagation(*(np.array(values) for values in vars(self).values()))

    def clear(self, images: np.ndarray) -> None:
        """Takes the labels of `images`, numbers (n,) or a mask (N,), away; what is denied stays."""
        self.labels[images], self.weights[images] = NO_LABEL, 0.0
        self.source[images], self.distance[images] = NO_ANSWER, np.nan
        self.looked[images] = False

    def without(self, images: np.ndarray) -> "Propagation":
        """A copy with these cleared."""
        result = self.copy()
        result.clear(images)
        return result

    @property
    def coverage(self) -> float:
        """Share of the images that have a label, in [0, 1]."""
        return float(np.mean(self.labels >= 0)) if len(self.labels) else 0.0


class Rule(Thing):
    """From the answers of one round to labels and weights. numpy and scipy only.

    The Review page calls `propagate` at each move of a slider.
    """

    meaning: ClassVar[str] = ""  # in a sentence for the person
    uses_graph: ClassVar[bool] = False  # along the graph of nearest neighbours of the latents

    @abstractmethod
    def propagate(
        self,
        count: int,
        nodes: Sequence[LabelledNode],
        *,
        graph: "Graph | None" = None,
        influence: np.ndarray | None = None,
    ) -> Propagation:
        """Labels and weights of `count` images from the answers about `nodes`.

        A rule that uses the graph is given it, with all nodes, those without an answer too (label
        -1), and what `influence` said of them where the caller has it; another rule is given the
        answered nodes alone.
        """

    def influence(self, nodes: Sequence[LabelledNode], graph: "Graph") -> np.ndarray | None:
        """What does not depend on labels and confidences, to be kept while only those change."""
        return None


ROOM = Room[Rule](
    "labeller.rounds.propagation", noun="rule", base=Rule, choice=PropagateConfig, setting="rule"
)
register, rule_of = ROOM.register, ROOM.chosen


def check_nodes(nodes: Sequence[LabelledNode], count: int, *, lowest: int = 0) -> None:
    """Raises ValueError for nodes that `propagate` refuses; labels start at `lowest`."""
    owners = np.zeros(count, np.int32)
    for node in nodes:
        _check(node, count, lowest)
        owners[node.members] += 1
    if (owners > 1).any():
        raise ValueError(
            f"nodes must not share images, got {int((owners > 1).sum())} images in more than one"
        )


def _check(node: LabelledNode, count: int, lowest: int) -> None:
    if node.label < lowest:
        raise ValueError(f"label must be {lowest} or more, got {node.label}")
    if not 0.0 <= node.confidence <= 1.0:
        raise ValueError(f"confidence must be between 0 and 1, got {node.confidence}")
    lengths = [
        len(array) for array in (node.members, node.euclidean, node.mahalanobis, node.posterior)
    ]
    if len(set(lengths)) > 1:
        raise ValueError(
            "members, euclidean, mahalanobis and posterior must have the same length,"
            f" got {lengths}"
        )
    if lengths[0] and (node.members.min() < 0 or node.members.max() >= count):
        raise ValueError(
            f"members must be between 0 and {count - 1} (the number of images less one), got"
            f" {node.members.min()} to {node.members.max()}"
        )
