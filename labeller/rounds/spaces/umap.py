"""UMAP of the latents, where classes are islands.

umap is imported inside the functions: its import and first compilation cost seconds, which the
web server must not pay.
"""

import warnings
from typing import ClassVar

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.events import Progress, Report, silent
from labeller.rounds.graph import Neighbours, find_neighbours
from labeller.rounds.spaces import Space, register
from labeller.runtime.threads import keeping_threads

FEW = 10  # neighbours among few images, of which each island holds a hundred


@register
class UMAP(Space):
    """A few dimensions in which alike images lie together (McInnes et al. 2018).

    The same seed gives the same points, at the price of one thread for its layout. It is given
    neighbours found on all cores, so that the price is small (docs/design-notes.md).
    """

    name = "umap"
    title = "UMAP"
    map_settings: ClassVar = {"dimensions": 2, "min_dist": 0.1}
    meaning = "Alike images lie together. Gaps between islands matter, how wide they are does not."
    uses_neighbours = True
    slow_import = "umap"

    class Config(Settings):
        """Of a UMAP; a min_dist of 0 packs each island for clustering."""

        dimensions: int = Field(10, ge=1, le=256, description="Dimensions of the space.")
        neighbours: int = Field(
            15, ge=2, le=200, description="Neighbours that UMAP keeps together."
        )
        min_dist: float = Field(
            0.0,
            ge=0,
            le=1,
            description="How far alike images are kept apart.",
            title="Smallest distance",
        )

    def points(
        self,
        latents: np.ndarray,
        *,
        seed: int = 0,
        report: Report = silent,
        neighbours: Neighbours | None = None,
    ) -> np.ndarray:
        """The points (N, `dimensions`); raises ValueError for fewer than 3 images."""
        count, dimensions = len(latents), self.config.dimensions
        if count < 3:
            raise ValueError(f"a UMAP space must have at least 3 images, got {count}")
        if not np.ptp(latents, axis=0).any():
            return np.zeros((count, dimensions), np.float32)  # one point, wherever it be thrown
        nearest = _enough(neighbours, latents, self.config.neighbours, seed, report)
        report(Progress("embed", message="starting UMAP"))
        import umap

        with warnings.catch_warnings(), keeping_threads():
            # One thread with a seed, no search index: both intended.
            warnings.simplefilter("ignore")
            points = umap.UMAP(
                n_components=dimensions,
                n_neighbors=nearest.count,
                min_dist=self.config.min_dist,
                # The spectral start needs more points than eigenvectors.
                init="spectral" if count > dimensions + 2 else "random",
                random_state=seed,
                n_jobs=1,
                precomputed_knn=(nearest.indices, nearest.distances),
                tqdm_kwds=_progress_bar(report),
            ).fit_transform(latents)
        report(Progress("embed", 1, 1, "UMAP done"))
        return np.asarray(points, np.float32)

    def for_few(self, count: int) -> "UMAP":
        """With 10 neighbours at the most, and no more than there are."""
        fewer = min(self.config.neighbours, FEW, max(2, count - 1))
        return UMAP(self.config.model_copy(update={"neighbours": fewer}))


def _enough(
    neighbours: Neighbours | None, latents: np.ndarray, count: int, seed: int, report: Report
) -> Neighbours:
    """`count` neighbours of the latents (N - 1 when that is less): those given if they do."""
    count = min(count, len(latents) - 1)
    if neighbours and len(neighbours.indices) == len(latents) and neighbours.count >= count:
        return neighbours.nearest(count)
    return find_neighbours(latents, max(count, 1), seed=seed, report=report)


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
