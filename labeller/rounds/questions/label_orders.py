"""In which order labels are looked through, so that wrong ones come first. Numpy only."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np


@dataclass(frozen=True, eq=False)
class KnownLabels:
    """What is known of each of n images.

    labels (n,) int64, all >= 0; weights (n,) in [0, 1]; of the classifier, where there is one:
    predictions (n,) int64, certainty (n,) in [0, 1], and probabilities (n, K) whose rows sum to 1.
    """

    labels: np.ndarray
    weights: np.ndarray
    predictions: np.ndarray | None = None
    certainty: np.ndarray | None = None
    probabilities: np.ndarray | None = None


@dataclass(frozen=True)
class LabelOrder:
    """`rows` gives rows (m,) of the images to look at, the most doubtful first; it may leave some.

    `classifier`: it needs one.
    """

    title: str
    meaning: str
    rows: Callable[[KnownLabels], np.ndarray]
    classifier: bool = True


def by_weight(known: KnownLabels) -> np.ndarray:
    """The labels that count least first."""
    return np.argsort(known.weights, kind="stable")


def by_disagreement(known: KnownLabels) -> np.ndarray:
    """Those where the classifier says another class, the surer it is of that the earlier."""
    assert known.predictions is not None
    assert known.certainty is not None
    differ = np.flatnonzero(known.predictions != known.labels)
    return differ[np.argsort(-known.certainty[differ], kind="stable")]


def by_margin(known: KnownLabels) -> np.ndarray:
    """Those whose two likeliest classes are nearest to each other first."""
    assert known.probabilities is not None
    two = np.sort(known.probabilities, axis=1)[:, -2:]
    return np.argsort(two[:, 1] - two[:, 0], kind="stable")


def by_confident_learning(known: KnownLabels) -> np.ndarray:
    """Those that confident learning calls issues, the least likely first.

    Northcutt, Jiang and Chuang (2021), "Confident learning: estimating uncertainty in dataset
    labels", as `cleanlab` has it. The probabilities come from a network that was taught these
    labels, where the paper's are out of sample: it finds fewer than there are.
    """
    from cleanlab.filter import find_label_issues

    assert known.probabilities is not None
    # It counts classes from 0 without gaps, and one that nothing has would be divided by.
    used, labels = np.unique(known.labels, return_inverse=True)
    if len(used) < 2:
        return np.zeros(0, np.int64)
    probable = known.probabilities[:, used] + 1e-6
    probable /= probable.sum(axis=1, keepdims=True)
    found: np.ndarray = find_label_issues(
        labels, probable, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return found


ORDERS: dict[str, LabelOrder] = {
    "weight": LabelOrder(
        "Lowest weight", "The labels that count least.", by_weight, classifier=False
    ),
    "disagreement": LabelOrder(
        "Classifier differs",
        "Images of which the classifier says another class, the surest first.",
        by_disagreement,
    ),
    "margin": LabelOrder(
        "Classifier wavers",
        "Images between two classes, the nearest to the middle first.",
        by_margin,
    ),
}
if find_spec("cleanlab"):  # the extra of that name
    ORDERS["confident-learning"] = LabelOrder(
        "Label issues (cleanlab)",
        "Labels that confident learning takes for wrong, the least likely first.",
        by_confident_learning,
    )
