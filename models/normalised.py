"""A network with the preprocessing of its pictures in front of it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Normalised(nn.Module):
    """Pictures (n, H, W, 3) RGB in 0..255 of any dtype -> what the network gives for (x - m) / s.

    m and s are the mean and deviation per colour, of pixels in [0, 1], that the network was trained
    with; it gets them as (n, 3, H, W) float32.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, network: nn.Module, mean: Sequence[float], deviation: Sequence[float]
    ) -> None:
        super().__init__()
        self.network = network
        for name, values in (("mean", mean), ("deviation", deviation)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1))
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        pixels = pictures.permute(0, 3, 1, 2).float() / 255
        outputs: Tensor = self.network((pixels - self.mean) / self.deviation)
        return outputs
