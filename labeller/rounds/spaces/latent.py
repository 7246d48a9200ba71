"""The latent itself, as in the paper."""

from typing import ClassVar

import numpy as np

from labeller.events import Report, silent
from labeller.rounds.graph import Neighbours
from labeller.rounds.spaces.base import Space, register


@register
class Latent(Space):
    """The latents as the network learnt them: M = D."""

    name: ClassVar[str] = "latent"
    title: ClassVar[str] = "latent, as the network learnt it"

    def points(
        self,
        latents: np.ndarray,
        *,
        seed: int = 0,
        report: Report = silent,
        neighbours: Neighbours | None = None,
    ) -> np.ndarray:
        """A copy of the latents (N, D)."""
        return latents.copy()
