"""No encoder: the method learns from the pixels themselves."""

import numpy as np

from labeller.encoders.base import Encoder, register


@register
class Pixels(Encoder):
    """No features: the method learns from the pixels. For digits, icons and other small images."""

    name = "none"
    title = "Pixels"
    licence = ""

    @property
    def size(self) -> int:
        """It is shown no pictures."""
        return 0

    @property
    def features(self) -> int:
        """It has none."""
        return 0

    @property
    def digest(self) -> str:
        """No weights, and so always the same."""
        return "0" * 16

    def forward(self, batch: np.ndarray) -> np.ndarray:
        """No features: (n, 0)."""
        return np.zeros((len(batch), 0), np.float32)
