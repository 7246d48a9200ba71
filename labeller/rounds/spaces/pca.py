"""Principal components of the latents."""

from typing import ClassVar

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.events import Progress, Report, silent
from labeller.rounds.spaces import Space, register


@register
class PCA(Space):
    """The directions in which the latents differ most; no more than the latents have."""

    name = "pca"
    title = "PCA"
    map_settings: ClassVar = {"dimensions": 2}
    meaning = "The two directions in which images differ most. Distances are true; groups overlap."

    class Config(Settings):
        """Of a PCA."""

        dimensions: int = Field(10, ge=1, le=256, description="Dimensions of the space, at most.")

    def points(self, latents: np.ndarray, *, seed: int = 0, report: Report = silent) -> np.ndarray:
        """The first principal components (N, M), with M the smallest of `dimensions`, N and D."""
        from sklearn import decomposition
        from threadpoolctl import threadpool_limits

        report(Progress("embed", 0, 1, "PCA"))
        dimensions = min(self.config.dimensions, *latents.shape)
        # Constant latents have no variance to share out; their coordinates (zeros) are right.
        with np.errstate(invalid="ignore"), threadpool_limits(1):
            pca = decomposition.PCA(dimensions, random_state=seed)
            points: np.ndarray = pca.fit_transform(latents)
        report(Progress("embed", 1, 1, "PCA"))
        return points.astype(np.float32)
