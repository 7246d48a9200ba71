"""A pool of ready features: those of an encoder, the same for all strategies and seeds."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from labeller.config import RoundConfig
from labeller.encoders import encoder_of
from labeller.errors import DataError, NotFoundError
from labeller.events import Progress, Report, silent
from labeller.experiments.label_efficiency.learners import product_points
from labeller.experiments.label_efficiency.plan import Plan
from labeller.experiments.label_efficiency.pool import Pool, Source
from labeller.experiments.label_efficiency.strategies.candidates import unit
from labeller.jobs.features import computed_once
from labeller.store.features import FeatureFile
from labeller.store.files import ProjectFolder

DIMENSIONS = 256  # kept by PCA; more only cost time


class Features:
    """What an encoder sees in the images of a source: rows (N, F) in the order of its image store.

    Alike images are nearest to each other in the columns `last`, those of the encoder's last layer;
    `parts` are the numbers of columns of all layers.
    """

    def __init__(
        self, values: np.ndarray, digest: str, source: Source, *, parts: tuple[int, ...] = ()
    ) -> None:
        """The same `digest`, the same features; without `parts`, all columns are of one layer."""
        self.values, self.digest, self.source = values, digest, source
        self.parts = parts or (values.shape[1],)
        self.last = slice(values.shape[1] - self.parts[-1], values.shape[1])

    @cached_property
    def student_points(self) -> np.ndarray:
        """What the product's student on features learns from: u (N, C) of `LinearStudent`."""
        return product_points(self.values, self.parts, self.source)


def features_for(
    plan: Plan, config: RoundConfig, source: Source, cache: Path, report: Report = silent
) -> Features | None:
    """The features that a plan's strategies have: of a file, or of the encoder of `config`.

    None where there are neither. Raises what `features_of_file` raises, and DataError where weights
    cannot be had.
    """
    if plan.features is not None:
        return features_of_file(plan.features, source)
    encoder = encoder_of(config.encode, plan.device)
    if not encoder.features:
        return None
    file = FeatureFile(encoded_folder(source, cache), encoder.digest)
    values = computed_once(source.store, encoder, file, report=report)
    return Features(values, encoder.digest, source, parts=encoder.parts)


def encoded_folder(source: Source, cache: Path) -> ProjectFolder:
    """Where the features of a source lie, for the strategies and for the simulated projects."""
    return ProjectFolder(cache / f"encoded-{source.store.folder.name}")


def features_of_file(path: str | Path, source: Source) -> Features:
    """Ready features of a .npy file (N, F).

    Raises NotFoundError without a file, DataError where it does not fit the source.
    """
    path = Path(path).expanduser()
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as error:
        raise NotFoundError(f"there are no features in {path}; give a .npy file") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a .npy file ({error})") from error
    shape: tuple[int, ...] = getattr(values, "shape", ())
    images = source.store.count
    if len(shape) != 2 or shape[0] != images or not shape[1]:
        raise DataError(
            f"features must be an array (images, features) with the {images} images of the "
            f"source, training and test, in its order, got {shape} in {path}"
        )
    return Features(values, _digest(values), source)


@dataclass(eq=False, kw_only=True)
class FeaturePool(Pool):
    """The features of all images in place of latents that are trained.

    Rows of the last layer are brought to length 1, centred on the training images, turned to their
    first DIMENSIONS principal components, and brought to length 1 again; the student `linear`
    learns from the same points.
    """

    features: Features

    @cached_property
    def inputs(self) -> np.ndarray:
        """(N, D) float32, rows of length 1."""
        # The same for all seeds, so kept beside their folders.
        last = f"{self.features.digest}-{self.features.parts[-1]}"
        name = f"points-{last}-{self.source.store.folder.name}-{DIMENSIONS}"
        return self._kept(name, self._components, self.cache)

    @cached_property
    def latents(self) -> np.ndarray:
        """(n, D) float32, the rows of the pool."""
        points: np.ndarray = self.inputs[self.source.train]
        return points

    def _recipe(self) -> dict[str, Any]:
        return {"features": self.features.digest, "dimensions": DIMENSIONS}

    def _components(self) -> np.ndarray:
        self.report(Progress("features", message="principal components of the features"))
        values = self.features.values[:, self.features.last]
        return principal(values, self.source.train, DIMENSIONS)


def principal(values: np.ndarray, train: np.ndarray, dimensions: int) -> np.ndarray:
    """Points (N, D) float32 of length 1 of features (N, F), D at most `dimensions` and F.

    Raises DataError where a value is not finite.
    """
    points = unit(np.asarray(values, np.float32))
    if not np.isfinite(points).all():
        raise DataError("features must be finite numbers, got NaN or infinity")
    points -= points[train].mean(axis=0)
    pool = points[train]
    _, vectors = np.linalg.eigh(pool.T @ pool)
    return unit(points @ vectors[:, ::-1][:, :dimensions])


def _digest(values: np.ndarray) -> str:
    """Tells these features from others."""
    digest = hashlib.sha256(str(values.shape).encode())
    for start in range(0, len(values), 4096):
        digest.update(np.ascontiguousarray(values[start : start + 4096]).tobytes())
    return digest.hexdigest()[:16]
