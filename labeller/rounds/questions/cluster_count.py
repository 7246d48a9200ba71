"""How many clusters to ask about: several numbers are tried on a sample and scored three ways.

Too few clusters mix classes, and no answer can part them; one too many costs one answer. So the
number suggested is the largest that is still found again in other images, not the smallest that
explains most.
"""

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from labeller.config import ClusterConfig
from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers import Clusterer, clusterer_of
from labeller.rounds.clusterers.gmm import GMM
from labeller.rounds.points import checked_points, standardised

DEFAULT = 16
LADDER = (4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 24, 28, 32, 40)
SAMPLE = 10_000
SILHOUETTE_SAMPLE = 2_000  # all pairs of distances
SPLITS = 2
# Fewer images per cluster than this in each half would measure the noise of the fit.
LEAST_MEMBERS = 10
# "Still found again": this share of the best adjusted Rand index of all numbers.
NEARLY = 0.9
# Above it, "a reasonable structure has been found" (Kaufman and Rousseeuw 1990, table 4).
REASONABLE = 0.5


@dataclass(frozen=True)
class ClusterCounts:
    """Numbers of clusters that were tried, ascending, their scores, and the number suggested.

    `bic` of a Gaussian mixture, lower is better; `silhouette` in [-1, 1], mean over images;
    `stability` in [-1, 1], the mean adjusted Rand index of two clusterings, each made from one
    half of the images and extended to all. `best` follows from `reason`: the largest stable
    number, the default because nothing stood out, or the number of known classes, which is more.
    """

    counts: tuple[int, ...]
    bic: tuple[float, ...]
    silhouette: tuple[float, ...]
    stability: tuple[float, ...]
    best: int
    reason: Literal["stable", "default", "classes"]

    @property
    def explanation(self) -> str:
        """Why `best` is suggested, in a sentence for the person who may overrule it."""
        if self.reason == "stable":
            again = self.stability[self.counts.index(self.best)]
            return (
                f"{self.best} is the largest number of clusters that is still found again when the "
                f"images are divided into halves and each half is clustered alone (agreement "
                f"{again:.2f}; 1 is perfect)."
            )
        if self.reason == "classes":
            return f"There is a cluster for each of the {self.best} classes known so far, at least."
        return (
            f"No number of clusters stands out: these images form no clear groups. {self.best} is "
            "a default; more clusters are purer, and cost an answer each."
        )


def cluster_counts(
    points: np.ndarray,
    config: ClusterConfig,
    *,
    counts: Iterable[int] | None = None,
    at_least: int = 2,
    seed: int = 0,
    report: Report = silent,
) -> ClusterCounts:
    """Scores numbers of clusters of points (N, M) and suggests one; `config.clusters` is not read.

    The suggestion is the largest number whose stability is at least 0.9 of the best, never below
    `at_least` (the classes known). If no silhouette reaches 0.5 the points have no clear groups,
    and it is 16, or half more than `at_least`. Without `counts`, up to 17 numbers from 4 to 40, and
    up to twice `at_least`, are tried, with at least 20 points of the sample a cluster.

    At most 10,000 points, drawn with `seed`, are looked at.

    Raises ValueError when points are not finite or not (N, M), or a number is out of range.
    """
    from threadpoolctl import threadpool_limits

    points = checked_points(points, "points")
    chosen = clusterer_of(config)
    tried = _tried(len(points), at_least, counts)
    draws = np.random.default_rng(seed)
    # In random order, so that the first points are a sample, and halves are slices.
    sample = points[draws.permutation(len(points))[:SAMPLE]]
    sample, _, _ = standardised(sample)
    halves = [np.array_split(draws.permutation(len(sample)), 2) for _ in range(SPLITS)]
    rows = []
    with threadpool_limits(1), warnings.catch_warnings():
        # Fits stop early, and repeated points make fewer clusters: both are meant here.
        warnings.simplefilter("ignore")
        for place, k in enumerate(tried):
            report(Progress("cluster", place, len(tried), f"trying {k} clusters"))
            rows.append(_scores(sample, halves, k, chosen, int(draws.integers(2**30))))
    bic, silhouette, stability = (tuple(row[i] for row in rows) for i in range(3))
    best, reason = suggested(tried, silhouette, stability, at_least, most=len(points))
    return ClusterCounts(tried, bic, silhouette, stability, best, reason)


def suggested(
    counts: tuple[int, ...],
    silhouette: tuple[float, ...],
    stability: tuple[float, ...],
    at_least: int = 2,
    most: int | None = None,
) -> tuple[int, Literal["stable", "default", "classes"]]:
    """The number of clusters that these scores suggest, and the rule that gave it."""
    limit = most or max([DEFAULT, at_least, *counts])
    if max(silhouette, default=0.0) >= REASONABLE:
        enough = NEARLY * max(stability)
        best = max(k for k, found in zip(counts, stability, strict=True) if found >= enough)
        reason: Literal["stable", "default"] = "stable"
    else:
        best, reason = max(DEFAULT, at_least + at_least // 2), "default"
    if best < at_least:
        return min(at_least, limit), "classes"
    return min(best, limit), reason


def _tried(size: int, at_least: int, counts: Iterable[int] | None) -> tuple[int, ...]:
    """The numbers to try, ascending; checked when they were given."""
    if counts is not None:
        wanted = tuple(sorted(set(counts)))
        if not wanted or wanted[0] < 2 or wanted[-1] > size:
            raise ValueError(
                f"counts must be between 2 and {size} (the number of images), got {list(wanted)}"
            )
        return wanted
    if at_least < 2:
        raise ValueError(f"at_least must be 2 or more, got {at_least}")
    more = {math.ceil(at_least * factor) for factor in (1.0, 1.25, 1.5, 2.0)}
    most = min(size, SAMPLE) // (2 * LEAST_MEMBERS)
    return tuple(k for k in sorted({*LADDER, *more}) if max(at_least, LADDER[0]) <= k <= most)


def _scores(
    points: np.ndarray, halves: list[list[np.ndarray]], k: int, chosen: Clusterer, seed: int
) -> tuple[float, float, float]:
    """BIC, mean silhouette and stability of `k` clusters of standardised points."""
    from sklearn.metrics import adjusted_rand_score, silhouette_score

    # The BIC is always a mixture's: of the chosen one, or of the usual one.
    mixture = chosen if isinstance(chosen, GMM) else GMM(GMM.Config())
    model = mixture.rough_model(points, k, seed)
    assign = model.predict if mixture is chosen else chosen.rough(points, k, seed)
    some = assign(points)[:SILHOUETTE_SAMPLE]
    silhouette = 0.0
    if 1 < len(np.unique(some)) < len(some):
        silhouette = float(silhouette_score(points[: len(some)], some))
    agreement = []
    for turn, pair in enumerate(halves):
        parts = [
            chosen.rough(points[rows], k, seed + 2 * turn + side + 1)(points)
            for side, rows in enumerate(pair)
        ]
        agreement.append(adjusted_rand_score(*parts))
    return float(model.bic(points)), silhouette, float(np.mean(agreement))
