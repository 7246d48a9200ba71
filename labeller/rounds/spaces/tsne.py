"""t-SNE of the latents, by openTSNE: 60,000 points in minutes."""

import warnings
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from pydantic import Field

from labeller.config import Settings
from labeller.events import Progress, Report, silent
from labeller.rounds.spaces import Space, register

EARLY, LATE = 250, 500  # iterations of its two phases


@register
class TSNE(Space):
    """Two dimensions in which alike images lie together (van der Maaten and Hinton 2008)."""

    name = "tsne"
    title = "t-SNE"
    map_settings: ClassVar = {}
    meaning = "Alike images lie together. Sizes of islands and distances between them mean nothing."

    class Config(Settings):
        """Of a t-SNE, which has two dimensions."""

        perplexity: float = Field(
            30.0, ge=2, le=200, description="About how many neighbours an image looks at."
        )

    def points(self, latents: np.ndarray, *, seed: int = 0, report: Report = silent) -> np.ndarray:
        """The points (N, 2); raises ValueError for fewer than 4 images."""
        count = len(latents)
        if count < 4:
            raise ValueError(f"t-SNE must have at least 4 images, got {count}")
        if not np.ptp(latents, axis=0).any():
            return np.zeros((count, 2), np.float32)
        import openTSNE

        report(Progress("embed", 0, EARLY + LATE, "finding neighbours"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            points = openTSNE.TSNE(
                perplexity=min(self.config.perplexity, (count - 1) / 3),
                # PCA needs two latent dimensions to start from.
                initialization="pca" if latents.shape[1] > 1 else "random",
                early_exaggeration_iter=EARLY,
                n_iter=LATE,
                n_jobs=2,
                random_state=seed,
                callbacks=_steps(report),
                callbacks_every_iters=10,
            ).fit(latents)
        report(Progress("embed", EARLY + LATE, EARLY + LATE, "t-SNE done"))
        return np.asarray(points, np.float32)


def _steps(report: Report) -> Callable[[int, float, np.ndarray], None]:
    done = 0

    def step(iteration: int, error: float, embedding: np.ndarray) -> None:
        # openTSNE counts each of its two phases from one.
        nonlocal done
        done = min(done + 10, EARLY + LATE)
        report(Progress("embed", done, EARLY + LATE, "t-SNE iterations"))

    return step
