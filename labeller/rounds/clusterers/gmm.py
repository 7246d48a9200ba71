"""A mixture of Gaussians, as in the paper."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.events import Progress, Report, silent
from labeller.rounds.clusterers import SMALLEST_VARIANCE, Clusterer, Grouping, register

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

STARTS = 3
# A mixture's start is chosen on at most this many points, or 100 a cluster if that is more: the
# last fit, on all points, then starts near its end.
START_SAMPLE = 10_000
SHAPES: dict[str, Any] = {
    "full": "any ellipsoid, one per cluster (full)",
    "tied": "the same ellipsoid for all (tied)",
    "diag": "ellipsoids along the axes (diag)",
    "spherical": "balls of different sizes (spherical)",
}
Model = TypeVar("Model")


@register
class GMM(Clusterer):
    """Gaussian clusters of any size and shape; a point belongs to each with a probability."""

    name = "gmm"
    title = "Gaussian mixture"

    class Config(Settings):
        """Of a Gaussian mixture."""

        covariance: Literal["full", "tied", "diag", "spherical"] = Field(
            "full", description="Shape of each Gaussian.", json_schema_extra={"titles": SHAPES}
        )

    def fit(
        self, points: np.ndarray, clusters: int, *, seed: int = 0, report: Report = silent
    ) -> Grouping:
        """Started from the best of three mixtures of a sample."""
        model = with_floor(lambda floor: self._best(points, clusters, floor, seed, report))
        precision = _full(model.precisions_, self.config.covariance, clusters, points.shape[1])
        return Grouping(model.means_, model.predict_proba(points), precision)

    def rough(
        self, points: np.ndarray, clusters: int, seed: int
    ) -> Callable[[np.ndarray], np.ndarray]:
        """One start, near its end."""
        model = self.rough_model(points, clusters, seed)
        predict: Callable[[np.ndarray], np.ndarray] = model.predict
        return predict

    def rough_model(self, points: np.ndarray, clusters: int, seed: int) -> "GaussianMixture":
        """scikit-learn's model of `rough`, which has a BIC too."""
        from sklearn.mixture import GaussianMixture

        def fit(floor: float) -> GaussianMixture:
            return GaussianMixture(
                clusters,
                covariance_type=self.config.covariance,
                reg_covar=floor,
                max_iter=50,
                tol=1e-2,
                random_state=seed,
            ).fit(points)

        return with_floor(fit)

    def _best(
        self, points: np.ndarray, clusters: int, floor: float, seed: int, report: Report
    ) -> "GaussianMixture":
        from sklearn.mixture import GaussianMixture

        draws = np.random.default_rng(seed)
        sample = points
        limit = max(START_SAMPLE, 100 * clusters)
        if len(points) > limit:
            sample = points[np.sort(draws.choice(len(points), limit, replace=False))]
        options = {
            "covariance_type": self.config.covariance,
            "reg_covar": floor,
            "max_iter": 200,
        }
        best: GaussianMixture | None = None
        for start in range(STARTS):
            report(Progress("cluster", start, STARTS + 1, "Gaussian mixture, choosing a start"))
            state = int(draws.integers(2**31))
            model = GaussianMixture(clusters, random_state=state, **options).fit(sample)
            if best is None or model.lower_bound_ > best.lower_bound_:
                best = model
        assert best is not None
        if sample is not points:
            report(Progress("cluster", STARTS, STARTS + 1, "Gaussian mixture, all points"))
            best = GaussianMixture(
                clusters,
                weights_init=best.weights_ / best.weights_.sum(),
                means_init=best.means_,
                precisions_init=best.precisions_,
                **options,
            ).fit(points)
        report(Progress("cluster", STARTS + 1, STARTS + 1, "Gaussian mixture"))
        return best


def with_floor(fit: Callable[[float], Model]) -> Model:
    """`fit(floor)`, the floor of a mixture's variances raised while a covariance loses its rank."""
    floor = SMALLEST_VARIANCE
    while True:
        try:
            return fit(floor)
        except ValueError:  # scikit-learn: a covariance lost its rank in spite of the floor
            if floor > 0.1:
                raise
            floor *= 10


def _full(precision: np.ndarray, covariance: str, clusters: int, size: int) -> np.ndarray:
    """scikit-learn's precisions of any covariance type as matrices (K, M, M)."""
    shapes: dict[str, Callable[[], np.ndarray]] = {
        "full": lambda: precision,
        "tied": lambda: np.broadcast_to(precision, (clusters, size, size)),
        "diag": lambda: precision[:, :, None] * np.eye(size),
        "spherical": lambda: precision[:, None, None] * np.eye(size),
    }
    return shapes[covariance]()
