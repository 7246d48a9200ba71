"""A pool of ready features: those of an encoder, the same for all strategies and seeds."""

import hashlib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.errors import DataError, NotFoundError
from labeller.events import Progress, Report, silent
from labeller.experiments.label_efficiency.pool import Learner, Pool, Source

DIMENSIONS = 256  # kept by PCA; more only cost time


class Features:
    """Rows (N, F) of an array file, one per image of a source, in the order of its image store."""

    def __init__(self, path: str | Path, source: Source) -> None:
        """Raises NotFoundError without a file, DataError where it does not fit the source."""
        self.path = Path(path).expanduser()
        try:
            self.values = np.load(self.path, mmap_mode="r", allow_pickle=False)
        except FileNotFoundError as error:
            raise NotFoundError(
                f"there are no features in {self.path}; give a .npy file"
            ) from error
        except (OSError, ValueError) as error:
            raise DataError(f"{self.path} cannot be read as a .npy file ({error})") from error
        shape: tuple[int, ...] = getattr(self.values, "shape", ())
        images = source.store.count
        if len(shape) != 2 or shape[0] != images or not shape[1]:
            raise DataError(
                f"features must be an array (images, features) with the {images} images of the "
                f"source, training and test, in its order, got {shape} in {self.path}"
            )

    @cached_property
    def digest(self) -> str:
        """Tells these features from others."""
        found = hashlib.sha256(str(self.values.shape).encode())
        for start in range(0, len(self.values), 4096):
            found.update(np.ascontiguousarray(self.values[start : start + 4096]).tobytes())
        return found.hexdigest()[:16]


class FeaturePool(Pool):
    """The features of all images in place of latents that are trained.

    Rows are brought to length 1, centred on the training images, turned to their first DIMENSIONS
    principal components, and brought to length 1 again; the student learns from the same points.
    """

    def __init__(
        self,
        source: Source,
        features: Features,
        config: RoundConfig,
        folder: Path,
        learner: Learner,
        report: Report = silent,
    ) -> None:
        """The seed is that of `config.train`; `folder` is the cache."""
        self.features, self._cache = features, folder
        super().__init__(source, config, folder, learner, report)

    @cached_property
    def inputs(self) -> np.ndarray:
        """(N, D) float32, rows of length 1."""
        # The same for all seeds, so kept beside their folders.
        name = f"points-{self.features.digest}-{self.source.store.folder.name}-{DIMENSIONS}"
        return self._kept(name, self._components, self._cache)

    @cached_property
    def latents(self) -> np.ndarray:
        """(n, D) float32, the rows of the pool."""
        return self.inputs[self.source.train]

    def _recipe(self) -> dict[str, Any]:
        return {"features": self.features.digest, "dimensions": DIMENSIONS}

    def _components(self) -> np.ndarray:
        self.report(Progress("features", message="principal components of the features"))
        return principal(self.features.values, self.source.train, DIMENSIONS)


def principal(values: np.ndarray, train: np.ndarray, dimensions: int) -> np.ndarray:
    """Points (N, D) float32 of length 1 of features (N, F), D at most `dimensions` and F.

    Raises DataError where a value is not finite.
    """
    points = _unit(np.asarray(values, np.float32))
    if not np.isfinite(points).all():
        raise DataError("features must be finite numbers, got NaN or infinity")
    points -= points[train].mean(axis=0)
    known = points[train]
    _, vectors = np.linalg.eigh(known.T @ known)
    return _unit(points @ vectors[:, ::-1][:, :dimensions])


def _unit(points: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(points, axis=1, keepdims=True)
    return points / np.where(length > 0, length, 1)
