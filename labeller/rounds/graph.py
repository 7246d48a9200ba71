"""The graph of nearest neighbours in the latent: found once a model, shared by all that needs it.

UMAP starts from it, and `spread` sends labels along it. The search runs in the worker; the web
server only solves, and loads scipy when it first does.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from labeller.events import Progress, Report, silent

if TYPE_CHECKING:
    from scipy import sparse

EXACT_UP_TO = 200_000  # points: brute force costs N^2
KEPT = 15  # neighbours kept with a model, each point itself among them


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The K nearest neighbours of N points, nearest first, each point among its own.

    indices (N, K) int32; distances (N, K) float32, Euclidean.
    """

    indices: np.ndarray
    distances: np.ndarray

    @property
    def count(self) -> int:
        """Neighbours of each point, K."""
        return int(self.indices.shape[1])

    def nearest(self, count: int) -> "Neighbours":
        """The first `count` neighbours; raises ValueError when fewer are known."""
        if count > self.count:
            raise ValueError(f"neighbours must be at most {self.count} (those known), got {count}")
        return Neighbours(self.indices[:, :count], self.distances[:, :count])


def find_neighbours(
    points: np.ndarray, count: int = KEPT, *, seed: int = 0, report: Report = silent
) -> Neighbours:
    """The `count` nearest neighbours of points (N, D): exact up to EXACT_UP_TO points.

    Above that NN-descent finds most of them; the same seed finds the same. There are N neighbours
    when `count` is more.
    """
    count = min(count, len(points))
    report(Progress("embed", message="finding neighbours"))
    if len(points) <= EXACT_UP_TO:
        from sklearn.neighbors import NearestNeighbors

        search = NearestNeighbors(n_neighbors=count, algorithm="brute", n_jobs=-1).fit(points)
        distances, indices = search.kneighbors(points)
    else:
        from pynndescent import NNDescent

        indices, distances = NNDescent(points, n_neighbors=count, random_state=seed).neighbor_graph
        # It may find fewer: then the point itself stands in, which adds no edge, as far away as the
        # last that was found, for that is the radius of the point's own edges.
        missing = indices < 0
        indices = np.where(missing, np.arange(len(points))[:, None], indices)
        distances = np.where(missing, 0.0, distances)
        distances = np.where(missing, distances.max(axis=1, keepdims=True), distances)
    return Neighbours(indices.astype(np.int32), distances.astype(np.float32))


class Graph:
    """The symmetric weighted graph over `images` (n,) int64, sorted, that `neighbours` spans.

    W_ij = k_ij + k_ji with k_ij = exp(-4 |x_i - x_j|^2 / r_i^2), where r_i is the distance of x_i's
    last neighbour: the kernel of Calder et al. 2020, section 4, which fits itself to each region's
    density. The diagonal is empty.
    """

    def __init__(self, images: np.ndarray, neighbours: Neighbours) -> None:
        if len(images) != len(neighbours.indices):
            raise ValueError(
                "the graph must have a point for each image,"
                f" got {len(neighbours.indices)} points and {len(images)} images"
            )
        self.images = np.asarray(images, np.int64)
        self.weights = affinity(neighbours)

    @cached_property
    def degree(self) -> np.ndarray:
        """Sum of each image's edges (n,), at least a tiny number for an image without any."""
        sums = np.asarray(self.weights.sum(axis=1)).ravel()
        degree: np.ndarray = np.maximum(sums, np.finfo(np.float32).tiny * 1e6).astype(np.float32)
        return degree

    @cached_property
    def normalised(self) -> "sparse.csr_matrix":
        """S = D^(-1/2) W D^(-1/2), (n, n) float32; its eigenvalues lie in [-1, 1]."""
        from scipy import sparse

        scale = sparse.diags((self.degree**-0.5).astype(np.float32))
        return (scale @ self.weights @ scale).tocsr().astype(np.float32)

    @cached_property
    def components(self) -> np.ndarray:
        """The number of the connected part that each image lies in, (n,) int32."""
        from scipy.sparse import csgraph

        parts: np.ndarray = csgraph.connected_components(self.weights, directed=False)[1]
        return parts

    def rows(self, images: np.ndarray) -> np.ndarray:
        """Places in the graph of images by number; raises ValueError for one outside it."""
        places = np.searchsorted(self.images, images)
        if len(images) and (
            places.max() >= len(self.images) or (self.images[places] != images).any()
        ):
            raise ValueError("members must be images of the graph (training images)")
        return places


def affinity(neighbours: Neighbours) -> "sparse.csr_matrix":
    """The symmetric edge weights W (N, N) float32 of `Graph`."""
    from scipy import sparse

    indices, distances = neighbours.indices, neighbours.distances
    count, width = indices.shape
    radius = np.maximum(distances[:, -1:], np.finfo(np.float32).tiny)
    kernel = np.exp(-4.0 * (distances / radius) ** 2).astype(np.float32)
    rows = np.repeat(np.arange(count, dtype=np.int32), width)
    columns = indices.ravel()
    away = rows != columns
    directed = sparse.csr_matrix(
        (kernel.ravel()[away], (rows[away], columns[away])), shape=(count, count)
    )
    return (directed + directed.T).tocsr()


def solve(
    matrix: "sparse.csr_matrix",
    alpha: float,
    right: np.ndarray,
    *,
    tolerance: float,
    most: int = 300,
) -> np.ndarray:
    """X (n, A) with (I - alpha S) X = right (n, A), S = `matrix` symmetric, by conjugate gradients.

    All columns advance together, each with its own step, until every residual is below `tolerance`
    of its right side, or after `most` steps. With alpha = 1 the matrix is singular: then `right`
    must be orthogonal to its null space, and so is the answer.
    """
    answer = np.zeros_like(right)
    residual = right.copy()
    direction = right.copy()
    energy = np.einsum("na,na->a", residual, residual)
    goal = np.maximum(energy * tolerance**2, np.finfo(right.dtype).tiny)
    for _ in range(most):
        if (energy <= goal).all():
            break
        image = direction - alpha * (matrix @ direction)
        curvature = np.einsum("na,na->a", direction, image)
        # A column that is done, or all zero, stands still.
        moving = (energy > goal) & (curvature > 0)
        step = np.where(moving, energy / np.where(moving, curvature, 1), 0).astype(right.dtype)
        answer += step * direction
        residual -= step * image
        before, energy = energy, np.einsum("na,na->a", residual, residual)
        energy = np.where(moving, energy, 0)
        ratio = np.where(moving, energy / np.where(moving, before, 1), 0)
        direction *= ratio.astype(right.dtype)
        direction += residual
    return answer
