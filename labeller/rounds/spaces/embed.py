"""Step 2 of a round: from latents to the space in which they are clustered, and to 2-d maps.

UMAP is imported inside the functions: its import and first compilation cost seconds, which the
web server must not pay.
"""

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np

from labeller.config import EmbedConfig
from labeller.events import Progress, Report, silent
from labeller.rounds.graph import Neighbours, find_neighbours
from labeller.runtime.threads import keeping_threads

MapKind = Literal["umap", "tsne", "pca"]

MAP_NEIGHBOURS = 15


def embed(
    latents: np.ndarray,
    config: EmbedConfig,
    *,
    seed: int = 0,
    report: Report = silent,
    neighbours: Neighbours | None = None,
) -> np.ndarray:
    """The points (N, M) in the space of `config`, from latents (N, D).

    `latent` gives the latents themselves (M = D), `pca` and `umap` the first
    `config.dimensions`. UMAP runs with min_dist 0, which packs each island for clustering, and
    with a fixed seed: the same seed gives the same points, at the price of one thread for its
    layout. We give it exact neighbours found on all cores, so that the price is small: on 60,000
    MNIST images (20 PCA components, 2 busy cores) 49 s, against 66 s for seeded UMAP alone and
    68 s for the unseeded parallel one, at the same purity of the clusters. `neighbours` are those
    of the latents, when the caller has them; they are found here when there are too few.

    Raises ValueError for latents that are not finite or not (N, D), for fewer than 3 points in a
    UMAP space, and for more PCA dimensions than the data has.
    """
    latents = checked_points(latents, "latents")
    if config.space == "latent":
        return latents.copy()
    if config.space == "pca":
        report(Progress("embed", 0, 1, "PCA"))
        points = _pca(latents, config.dimensions, seed)
        report(Progress("embed", 1, 1, "PCA"))
        return points
    return _umap(
        latents,
        dimensions=config.dimensions,
        neighbours=_enough(neighbours, latents, config.neighbours, seed, report),
        min_dist=0.0,
        seed=seed,
        report=report,
    )


def map2d(
    latents: np.ndarray,
    kind: MapKind = "umap",
    *,
    seed: int = 0,
    report: Report = silent,
    neighbours: Neighbours | None = None,
) -> np.ndarray:
    """A map (N, 2) of latents (N, D) for the eye: UMAP (min_dist 0.1), t-SNE (openTSNE) or PCA.

    `neighbours` as in `embed`.

    Raises ValueError for an unknown kind and for latents that `embed` refuses.
    """
    latents = checked_points(latents, "latents")
    if kind == "umap":
        found = _enough(neighbours, latents, MAP_NEIGHBOURS, seed, report)
        return _umap(
            latents, dimensions=2, neighbours=found, min_dist=0.1, seed=seed, report=report
        )
    if kind == "tsne":
        return _tsne(latents, seed, report)
    if kind == "pca":
        report(Progress("embed", 0, 1, "PCA"))
        padded = latents if latents.shape[1] > 1 else np.pad(latents, ((0, 0), (0, 1)))
        return _pca(padded, 2, seed)
    raise ValueError(f"kind of map must be one of umap, tsne, pca, got {kind}")


def checked_points(values: np.ndarray, name: str) -> np.ndarray:
    """`values` as float32 (N, D), N and D at least 1.

    Raises ValueError when the shape is another, or when a value is NaN or infinite.
    """
    values = np.asarray(values)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(f"{name} must be an array (N, D) with N, D >= 1, got {values.shape}")
    values = np.ascontiguousarray(values, dtype=np.float32)
    bad = int((~np.isfinite(values).all(axis=1)).sum())
    if bad:
        raise ValueError(
            f"{name} must be finite numbers, got NaN or infinity in {bad} of {len(values)} rows;"
            " train again with a lower learning rate"
        )
    return values


def _pca(latents: np.ndarray, dimensions: int, seed: int) -> np.ndarray:
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    most = min(latents.shape)
    if dimensions > most:
        raise ValueError(
            f"dimensions of a PCA space must be between 1 and {most} (the smaller of the number"
            f" of images and the latent size), got {dimensions}"
        )
    # Constant latents have no variance to share out; their coordinates (zeros) are right.
    with np.errstate(invalid="ignore"), threadpool_limits(1):
        points = PCA(dimensions, random_state=seed).fit_transform(latents)
    return points.astype(np.float32)


def _enough(
    known: Neighbours | None, latents: np.ndarray, count: int, seed: int, report: Report
) -> Neighbours:
    """`count` neighbours of the latents (N - 1 when that is less): the known ones if they do."""
    count = min(count, len(latents) - 1)
    if known is not None and len(known.indices) == len(latents) and known.count >= count:
        return known.nearest(count)
    return find_neighbours(latents, max(count, 1), seed=seed, report=report)


def _umap(
    latents: np.ndarray,
    *,
    dimensions: int,
    neighbours: Neighbours,
    min_dist: float,
    seed: int,
    report: Report,
) -> np.ndarray:
    count = len(latents)
    if count < 3:
        raise ValueError(f"a UMAP space must have at least 3 images, got {count}")
    if not np.ptp(latents, axis=0).any():
        return np.zeros((count, dimensions), np.float32)  # one point, wherever UMAP may throw it
    report(Progress("embed", message="starting UMAP"))
    import umap

    with warnings.catch_warnings(), keeping_threads():
        warnings.simplefilter("ignore")  # one thread with a seed, no search index: both intended
        points = umap.UMAP(
            n_components=dimensions,
            n_neighbors=neighbours.count,
            min_dist=min_dist,
            # The spectral start needs more points than eigenvectors.
            init="spectral" if count > dimensions + 2 else "random",
            random_state=seed,
            n_jobs=1,
            precomputed_knn=(neighbours.indices, neighbours.distances),
            tqdm_kwds=_progress_bar(report),
        ).fit_transform(latents)
    report(Progress("embed", 1, 1, "UMAP done"))
    return np.asarray(points, np.float32)


class _Epochs:
    """The file that UMAP's progress bar (tqdm) writes to: turns `12/200` into a report."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def write(self, text: str) -> None:
        done, _, total = text.strip().partition("/")
        if done.isdigit() and total.isdigit():
            self.report(Progress("embed", int(done), int(total), "UMAP epochs"))

    def flush(self) -> None:
        """Nothing is held back."""


def _progress_bar(report: Report) -> dict[str, object]:
    return {
        "file": _Epochs(report),
        "bar_format": "{n}/{total}",
        "disable": False,
        "mininterval": 0.3,
        "miniters": 1,
        "leave": False,
    }


def _tsne(latents: np.ndarray, seed: int, report: Report) -> np.ndarray:
    count = len(latents)
    if count < 4:
        raise ValueError(f"a t-SNE map must have at least 4 images, got {count}")
    if not np.ptp(latents, axis=0).any():
        return np.zeros((count, 2), np.float32)
    from openTSNE import TSNE

    early, late = 250, 500
    report(Progress("embed", 0, early + late, "finding neighbours"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points = TSNE(
            perplexity=min(30.0, (count - 1) / 3),
            # PCA needs two latent dimensions to start from.
            initialization="pca" if latents.shape[1] > 1 else "random",
            early_exaggeration_iter=early,
            n_iter=late,
            n_jobs=2,
            random_state=seed,
            callbacks=_tsne_progress(report, early, late),
            callbacks_every_iters=10,
        ).fit(latents)
    report(Progress("embed", early + late, early + late, "t-SNE done"))
    return np.asarray(points, np.float32)


def _tsne_progress(
    report: Report, early: int, late: int
) -> Callable[[int, float, np.ndarray], None]:
    seen = 0

    def step(iteration: int, error: float, embedding: np.ndarray) -> None:
        # openTSNE counts each of its two phases from one.
        nonlocal seen
        seen = min(seen + 10, early + late)
        report(Progress("embed", seen, early + late, "t-SNE iterations"))

    return step
