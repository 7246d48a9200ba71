"""The labelling of the points that linear classifiers separate with the largest margin."""

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers import (
    SMALLEST_VARIANCE,
    Clusterer,
    Grouping,
    assignment_of,
    member_precision,
    register,
)
from labeller.rounds.clusterers.kmeans import KMeans
from labeller.rounds.clusterers.task_encoder import Labelling

COMPONENTS = 64  # of the points that are labelled: what lies beyond is noise to a linear classifier
START_SAMPLE = 10_000  # points of which the k-means of a start is made
START_SHARPNESS = 3.0  # of its labelling, in variances of the clusters
MOST_COLUMNS = 200  # clusters times starts that are followed at once
STRICTEST = 10.0  # the paper's weight of the balance (gamma)
ROUGH_STEPS = 100


@register
class MaxMargin(Clusterer):
    """The groups that linear classifiers separate with the largest margin; for features.

    TURTLE (Gadetsky, Jiang and Brbic 2024, "Let Go of Your Labels with Unsupervised Transfer"),
    which asks for groups of equal size. Here that is soft, and a start is k-means, not chance.
    """

    name = "max-margin"
    title = "Largest margin"

    class Config(Settings):
        """Of a labelling by the margin."""

        balance: float = Field(
            0.2,
            ge=0,
            le=1,
            description="How far groups are drawn to equal sizes: 0 not at all, 1 strictly.",
        )
        starts: int = Field(
            8,
            ge=1,
            le=32,
            description="Starts, the one of lowest loss is kept; fewer for more than 25 clusters.",
        )
        steps: int = Field(200, ge=20, le=10_000, description="Steps of the labelling.")

    def fit(
        self, points: np.ndarray, clusters: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """The labelling of lowest loss; a point belongs to each group with a probability."""
        space = _Space(points)
        labelling = self._labelling([space(points)], clusters, seed, self.config.steps, report)
        membership = labelling.probabilities([space(points)])
        sizes = np.maximum(membership.sum(axis=0), SMALLEST_VARIANCE)[:, None]
        centres = membership.T @ points / sizes
        assignment = membership.argmax(axis=1)
        return Grouping(centres, membership, member_precision(points, assignment, centres))

    def split(
        self, points: np.ndarray, parts: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """`parts` by k-means where the widest margin is beside all points."""
        grouping = self.fit(points, parts, seed=seed, report=report)
        if len(np.unique(assignment_of(grouping))) > 1:
            return grouping
        return KMeans(KMeans.Config()).fit(points, parts, seed=seed, report=report)

    def rough(
        self, points: np.ndarray, clusters: int, seed: int
    ) -> Callable[[np.ndarray], np.ndarray]:
        """A quarter of the steps."""
        space = _Space(points)
        steps = min(ROUGH_STEPS, self.config.steps)
        labelling = self._labelling([space(points)], clusters, seed, steps, silent)
        return lambda points: labelling.probabilities([space(points)]).argmax(axis=1)

    def _labelling(
        self, spaces: list[np.ndarray], clusters: int, seed: int, steps: int, report: Report
    ) -> Labelling:
        """The start of lowest loss, after `steps`."""
        draws = np.random.default_rng(seed)
        starts = max(1, min(self.config.starts, MOST_COLUMNS // clusters))
        report(Progress("cluster", 0, steps, "largest margin, choosing starts"))
        first = [_start(spaces, clusters, draws) for _ in range(starts)]
        # The square makes the lower half of the slider the soft one.
        labelling = Labelling(first, STRICTEST * self.config.balance**2)
        for step in range(steps):
            if step % 20 == 0:
                report(Progress("cluster", step, steps, "largest margin"))
            labelling.step(spaces, draws)
        report(Progress("cluster", steps, steps, "largest margin"))
        return labelling.best(spaces)


class _Space:
    """Points (N, M) as directions (N, at most COMPONENTS + 1) float32 of length 1.

    They are their main components and a constant, so that points of one direction and different
    lengths stay apart in a space of few dimensions, while far points pull no more than others.
    """

    def __init__(self, points: np.ndarray) -> None:
        self._middle = points.mean(axis=0)
        away = points - self._middle
        _, axes = np.linalg.eigh(away.T @ away)
        self._axes = axes[:, ::-1][:, :COMPONENTS]
        length = float((away**2).sum(axis=1).mean()) if len(points) else 0.0
        self._constant = np.sqrt(length + SMALLEST_VARIANCE)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        main = (points - self._middle) @ self._axes
        lifted = np.column_stack([main, np.full(len(main), self._constant)])
        directions: np.ndarray = lifted / np.linalg.norm(lifted, axis=1, keepdims=True)
        return directions.astype(np.float32)


def _start(
    spaces: Sequence[np.ndarray], clusters: int, draws: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Weights (M, K), offsets (K,) and spread of a labelling by k-means, for each space.

    They are the posterior of round clusters of one variance, START_SHARPNESS times as flat.
    """
    from sklearn.cluster import KMeans as Centres

    count = len(spaces[0])
    chosen = draws.permutation(count)[:START_SAMPLE]
    sample = [points[chosen] for points in spaces]
    state = int(draws.integers(2**31))
    joint = np.concatenate(sample, axis=1)
    labels = Centres(clusters, n_init=1, max_iter=20, random_state=state).fit_predict(joint)
    start = []
    for points in sample:
        member = labels[:, None] == np.arange(clusters)
        centres = (member.T @ points) / np.maximum(member.sum(axis=0), 1)[:, None]
        spread = float(((points - centres[labels]) ** 2).sum(axis=1).mean()) + 1e-6
        sharpness = START_SHARPNESS / spread
        start.append((2 * sharpness * centres.T, -sharpness * (centres**2).sum(axis=1), spread))
    return start
