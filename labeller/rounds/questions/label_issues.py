"""Answers that contradict what surrounds them, to be asked again.

Clusters that touch are mostly of one class, so a cluster whose neighbours all have another label
was perhaps answered wrongly. How often touching clusters agree, and how often the classifier
agrees with the answers, is counted on the round itself: where classes run into each other, as 4
and 9 do, a contradiction says little, and few answers are doubted. numpy and scikit-learn only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Neighbours of a member that are looked at, and members of a cluster that are.
NEIGHBOURS = 15
SAMPLE = 200
# Share of wrong answers that is expected before any evidence.
WRONG = 0.05
# A link counts half when this share of the images around a cluster belongs to the other.
HALF_LINK = 0.005
# How often touching clusters, and classifier and answer, agree before anything was counted: as if
# so many pairs had been seen, and so many of them had agreed.
SEEN, AGREED = 5.0, 4.0
# A second look costs one answer of many, a wrong label all images of its cluster.
LEAST_DOUBT = 0.3
# Among fewer answers a cluster has too few neighbours to be contradicted by.
FEWEST = 8
SMALLEST = 1e-12


@dataclass(frozen=True, eq=False)
class AnsweredNode:
    """A cluster with its label.

    key names it; members (n,) int64: its images; label: the class, from 0; confidence in [0, 1];
    neighbours (m, k) int64: for some members, the images nearest to them; looks: how often it was
    answered, 2 after it was asked again.
    """

    key: str
    members: np.ndarray
    label: int
    confidence: float
    neighbours: np.ndarray
    looks: int = 1


@dataclass(frozen=True)
class LabelIssue:
    """An answer to ask again: `probability` in [0, 1] that `label` is wrong and `instead` right."""

    key: str
    label: int
    instead: int
    probability: float
    around: float
    classifier: float | None

    def reason(self, names: Mapping[int, str]) -> str:
        """One sentence for the person; `names` are those of the classes."""
        other = names[self.instead]
        parts = []
        if self.around >= 0.5:
            parts.append(f"{100 * self.around:.0f} % of the labelled images around it are {other}")
        if self.classifier is not None and self.classifier >= 0.5:
            parts.append(f"the classifier says {other} for {100 * self.classifier:.0f} % of it")
        why = " and ".join(parts) or f"what is around it points to {other}"
        return f"Please check {names[self.label]}: {why}."


def find_label_issues(
    nodes: Sequence[AnsweredNode],
    classes: int,
    *,
    probabilities: np.ndarray | None = None,
    least: float = LEAST_DOUBT,
) -> list[LabelIssue]:
    """The answers that may well be wrong, most images at stake first.

    `probabilities` (N, classes): what a classifier that has not learnt from these answers says of
    each image, rows of zeros where it says nothing.

    The label y of node i has the posterior P(y) ~ P0(y) prod_j L_j(y)^w_j: P0 is 0.95 for the
    given label and shares 0.05 among the others; a node j that touches i, with label c, gives
    L_j(y) = a where y = c and (1 - a) / (classes - 1) elsewhere, with a the share of touching
    pairs without i that agree; w_j = s / (s + 0.005) for the share s of the links of i that go to
    j. The classifier gives one more factor b q(y) + (1 - b) / classes, with q its mean over the
    members and b the share of the other answers that its most probable class agrees with. An
    answer is doubted when 1 - P(label) is at least `least`, never a second time, and not among
    fewer than 8.

    Raises ValueError for labels outside [0, classes), clusters without members, and fewer than 2
    classes.
    """
    _check(nodes, classes)
    if len(nodes) < FEWEST:
        return []
    labels = np.array([node.label for node in nodes])
    links = _links(nodes)
    weights = links / (links + HALF_LINK)
    logs = np.full((len(nodes), classes), np.log(WRONG / (classes - 1)))
    logs[np.arange(len(nodes)), labels] = np.log(1 - WRONG)
    logs += _from_neighbours(labels, weights, classes)
    means = None if probabilities is None else _means(nodes, probabilities)
    if means is not None:
        logs += _from_classifier(labels, means, classes)
    posterior = np.exp(logs - logs.max(axis=1, keepdims=True))
    posterior /= posterior.sum(axis=1, keepdims=True)
    around = links @ np.eye(classes)[labels]
    wrong = 1.0 - posterior[np.arange(len(nodes)), labels]
    at_stake = wrong * [len(node.members) for node in nodes]
    return [
        _doubt(nodes[i], posterior[i], around[i], None if means is None else means[i])
        for i in np.argsort(-at_stake, kind="stable")
        if wrong[i] >= least and nodes[i].looks < 2
    ]


def nearest_images(
    points: np.ndarray, images: np.ndarray, groups: Sequence[np.ndarray], *, seed: int = 0
) -> list[np.ndarray]:
    """For each group of rows of points (N, M): the 15 images nearest to up to 200 of its rows.

    images (N,) int64 are the numbers of the points' images; a point is not its own neighbour.
    Returns one array (m, 15) int64 a group, fewer columns when there are fewer points.
    """
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    draws = np.random.default_rng(seed)
    drawn = [rows if len(rows) <= SAMPLE else draws.choice(rows, SAMPLE, False) for rows in groups]
    asked = np.concatenate(drawn)
    count = min(NEIGHBOURS + 1, len(points))
    with threadpool_limits(1):  # as in `cluster`: thin matrices
        search = NearestNeighbors(n_neighbors=count).fit(points)
        nearest_rows = search.kneighbors(points[asked], return_distance=False)
    own = nearest_rows == asked[:, None]
    own[~own.any(axis=1), -1] = True  # among equal points the row itself may be missing
    nearest = images[nearest_rows[~own].reshape(len(asked), count - 1)]
    return np.split(nearest, np.cumsum([len(rows) for rows in drawn])[:-1])


def _doubt(
    node: AnsweredNode, posterior: np.ndarray, around: np.ndarray, mean: np.ndarray | None
) -> LabelIssue:
    others = posterior.copy()
    others[node.label] = -1.0
    instead = int(others.argmax())
    return LabelIssue(
        key=node.key,
        label=node.label,
        instead=instead,
        probability=float(1.0 - posterior[node.label]),
        around=float(around[instead] / max(around.sum(), SMALLEST)),
        classifier=None if mean is None or not mean.any() else float(mean[instead]),
    )


def _links(nodes: Sequence[AnsweredNode]) -> np.ndarray:
    """(n, n): of the links of node i, to itself and to others, the share that goes to j.

    Links count from both sides; those to nodes without a label do not. 0 on the diagonal.
    """
    images = [part.max(initial=0) for node in nodes for part in (node.members, node.neighbours)]
    owner = np.full(int(max(images)) + 1, len(nodes))
    for i, node in enumerate(nodes):
        owner[node.members] = i
    counts = np.zeros((len(nodes), len(nodes) + 1))
    for i, node in enumerate(nodes):
        shares = np.bincount(owner[node.neighbours.ravel()], minlength=len(nodes) + 1)
        counts[i] = len(node.members) * shares / max(shares.sum(), 1)
    between = counts[:, :-1] + counts[:, :-1].T
    links: np.ndarray = between / np.maximum(between.sum(axis=1, keepdims=True), SMALLEST)
    np.fill_diagonal(links, 0.0)
    return links


def _from_neighbours(labels: np.ndarray, weights: np.ndarray, classes: int) -> np.ndarray:
    """(n, classes): the sum of w_j log L_j(y)."""
    same = labels[:, None] == labels[None]
    agreed, seen = weights * same, weights
    # Of all pairs but those of i: each pair counts twice, once from either side.
    total_agreed = (agreed.sum() - agreed.sum(axis=0) - agreed.sum(axis=1)) / 2
    total_seen = (seen.sum() - seen.sum(axis=0) - seen.sum(axis=1)) / 2
    agreement = (AGREED + total_agreed) / (SEEN + total_seen)
    votes = weights @ np.eye(classes)[labels]
    everyone = weights.sum(axis=1, keepdims=True)
    a = agreement[:, None]
    log_other = np.log((1 - a) / (classes - 1))
    log_likelihoods: np.ndarray = votes * np.log(a) + (everyone - votes) * log_other
    return log_likelihoods


def _from_classifier(labels: np.ndarray, means: np.ndarray, classes: int) -> np.ndarray:
    """(n, classes): log(b q(y) + (1 - b) / classes); 0 where the classifier says nothing."""
    speaks = np.asarray(means.any(axis=1))
    agreed = speaks & (means.argmax(axis=1) == labels)
    agreement = (AGREED + agreed.sum() - agreed) / (SEEN + speaks.sum() - speaks)
    b = agreement[:, None]
    return np.where(speaks[:, None], np.log(b * means + (1 - b) / classes), 0.0)


def _means(nodes: Sequence[AnsweredNode], probabilities: np.ndarray) -> np.ndarray:
    """(n, classes): the mean of the probabilities over the members of each node."""
    return np.stack([probabilities[node.members].mean(axis=0, dtype=np.float64) for node in nodes])


def _check(nodes: Sequence[AnsweredNode], classes: int) -> None:
    if classes < 2:
        raise ValueError(f"classes must be 2 or more, got {classes}")
    for node in nodes:
        if not len(node.members):
            raise ValueError(f"cluster {node.key} must have members, got none")
        if not 0 <= node.label < classes:
            raise ValueError(f"label must be between 0 and {classes - 1}, got {node.label}")
