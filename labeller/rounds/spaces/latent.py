"""The latent itself, as in the paper."""

import numpy as np

from labeller.events import Report, silent
from labeller.rounds.spaces import Space, register


@register
class Latent(Space):
    """The latents as the network learnt them: M = D."""

    name = "latent"
    title = "latent, as the network learnt it"

    def points(self, latents: np.ndarray, *, seed: int = 0, report: Report = silent) -> np.ndarray:
        """A copy of the latents (N, D)."""
        return latents.copy()
