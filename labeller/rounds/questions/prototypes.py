"""Step 4 of a round: what is shown of each cluster, and the distances of its members."""

from dataclasses import dataclass

import numpy as np

from labeller.config import CardConfig
from labeller.rounds.clusterers import Clusters
from labeller.rounds.points import checked_points

NEIGHBOURS = 10
# Enough for a rank among clusters: 20,000 x 20,000 distances take under a second.
SAMPLE = 20_000


@dataclass(frozen=True, eq=False)
class Prototype:
    """One cluster as a question.

    members (n,) int64: its images, counted in the whole data set; euclidean, mahalanobis,
    posterior (n,) float32, in the order of `members`: distances from the centre in the space of
    the clustering and probability of belonging to it; centre (M,); latent_centre (D,): what the
    decoder is shown; medoid: the member nearest to the members' mean; near, random, far int64:
    further members, none twice on a card; size: n; spread: median Euclidean distance;
    impurity: hint in [0, 1] that the cluster mixes classes.
    """

    members: np.ndarray
    euclidean: np.ndarray
    mahalanobis: np.ndarray
    posterior: np.ndarray
    centre: np.ndarray
    latent_centre: np.ndarray
    medoid: int
    near: np.ndarray
    random: np.ndarray
    far: np.ndarray
    size: int
    spread: float
    impurity: float


def prototypes(
    points: np.ndarray,
    latents: np.ndarray,
    clusters: Clusters,
    members: np.ndarray,
    config: CardConfig,
    *,
    seed: int = 0,
) -> list[Prototype]:
    """The questions about `clusters`, the largest cluster first.

    points (n, M) are what was clustered, latents (n, D) the same images' latents, and members
    (n,) int64 the same images' numbers in the whole data set: at the root all training images, in
    a split those of the node. Where the space is the latent (`points` equal `latents`),
    latent_centre is the centre itself, as in the paper; in any other space it is the mean latent
    of the members, since a point of a UMAP space has no way back to the latent.

    Raises ValueError when the lengths differ or a latent is not finite.
    """
    points = checked_points(points, "points")
    latents = checked_points(latents, "latents")
    members = np.asarray(members, np.int64)
    lengths = [len(points), len(latents), len(clusters.assignment), len(members)]
    if len(set(lengths)) > 1:
        raise ValueError(
            "points, latents, clusters and members must have the same number of images,"
            f" got {lengths}"
        )
    in_latent = np.array_equal(points, latents)
    hints = impurities(latents, clusters.assignment, clusters.count, seed=seed)
    order = np.argsort(clusters.assignment, kind="stable")[clusters.noise :]  # noise has no card
    sizes = np.bincount(clusters.assignment[order], minlength=clusters.count)
    groups = np.split(order, np.cumsum(sizes)[:-1])
    draws = np.random.default_rng(seed)
    cards = []
    for k, rows in enumerate(groups):
        centre = clusters.centres[k]
        away = points[rows] - centre
        euclidean = np.linalg.norm(away, axis=1)
        squared = np.einsum("nm,nm->n", away @ clusters.precision[k], away)
        shown = _shown(points[rows], euclidean, config, draws)
        cards.append(
            Prototype(
                members=members[rows],
                euclidean=euclidean,
                mahalanobis=np.sqrt(np.maximum(squared, 0)),
                posterior=clusters.responsibility[rows, k],
                centre=centre,
                latent_centre=centre if in_latent else latents[rows].mean(axis=0),
                medoid=int(members[rows[shown[0][0]]]),
                near=members[rows[shown[1]]],
                random=members[rows[shown[2]]],
                far=members[rows[shown[3]]],
                size=len(rows),
                spread=float(np.median(euclidean)),
                impurity=float(hints[k]),
            )
        )
    return cards


def impurities(
    latents: np.ndarray, assignment: np.ndarray, clusters: int, *, seed: int = 0
) -> np.ndarray:
    """A hint, without any label, of how mixed each cluster is: the share of its members' latent
    neighbours that lie outside it.

    latents (N, D), assignment (N,) in [0, clusters), -1 for none; returns (clusters,) float32 in
    [0, 1]: 0 for an island of its own, high where the border cuts through a dense region. It ranks
    clusters; it is no estimate of the share of wrong images, and it cannot see two classes that the
    latent itself does not tell apart. Latents are looked at even when the clusters were made in
    another space, since a UMAP space has pulled the islands apart by itself.
    """
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    count = len(latents)
    if count > SAMPLE:
        drawn = np.sort(np.random.default_rng(seed).choice(count, SAMPLE, replace=False))
        latents, assignment = latents[drawn], assignment[drawn]
    neighbours = min(NEIGHBOURS, len(latents) - 1)
    if neighbours < 1:
        return np.zeros(clusters, np.float32)
    search = NearestNeighbors(n_neighbors=neighbours, algorithm="brute").fit(latents)
    with threadpool_limits(1):  # as in `cluster`: thin matrices
        nearest = search.kneighbors(return_distance=False)  # a point is not its own neighbour
    outside = (assignment[nearest] != assignment[:, None]).mean(axis=1)
    grouped = assignment >= 0
    sums = np.bincount(assignment[grouped], weights=outside[grouped], minlength=clusters)
    sizes = np.bincount(assignment[grouped], minlength=clusters)
    return (sums / np.maximum(sizes, 1)).astype(np.float32)


def _shown(
    points: np.ndarray, distance: np.ndarray, config: CardConfig, draws: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows of the medoid (1,), the nearest, the random and the farthest members, all different.

    The medoid is that of the squared distance: the member with the smallest sum of squared
    distances to all members is the one nearest to their mean.
    """
    medoid = int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmin())
    by_distance = np.argsort(distance, kind="stable")
    by_distance = by_distance[by_distance != medoid]
    near, rest = by_distance[: config.near], by_distance[config.near :]
    # A small cluster shows its farthest members rather than random ones.
    cut = max(len(rest) - config.far, 0)
    far, rest = rest[cut:][::-1], rest[:cut]
    random = draws.choice(rest, min(config.random, len(rest)), replace=False)
    return np.array([medoid]), near, random, far
