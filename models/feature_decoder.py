"""A decoder that is cheap on a CPU: wide maps while they are small, thin ones when they are large.

A dense layer gives a map of 4 to 7 positions per side; each stage doubles the sides by a 3x3
convolution and pixel shuffle (Shi et al., "Real-time single image and video super-resolution using
an efficient sub-pixel convolutional neural network", 2016, section 3.2) and halves the channels,
so that every stage costs about the same. The convolutions run before the doubling: none of them
sees a map of the image's own size.
"""

import math

from torch import Tensor, nn
from torch.nn import functional as F

SMALLEST = 4  # positions of the longer side of the first map
THINNEST = 16  # channels


class FeatureDecoder(nn.Module):
    """Vectors (B,inputs) to image logits (B,C,H,W)."""

    def __init__(self, inputs: int, size: tuple[int, int, int], width: int = 64) -> None:
        """`size` is (C,H,W); `width` the channels after the first doubling."""
        super().__init__()
        channels, *self.sides = size
        doublings = max(1, int(math.log2(max(self.sides) / SMALLEST)))
        self.grid = [math.ceil(side / 2**doublings) for side in self.sides]
        wide = 2 * width
        self.spread = nn.Linear(inputs, wide * math.prod(self.grid), bias=False)
        self.norm = nn.BatchNorm2d(wide)
        stages = []
        for _ in range(doublings - 1):
            thinner = max(THINNEST, wide // 2)
            stages.append(_Doubling(wide, thinner))
            wide = thinner
        self.stages = nn.Sequential(*stages)
        self.output = nn.Conv2d(wide, 4 * channels, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        maps = F.silu(self.norm(self.spread(z).unflatten(1, (-1, *self.grid))))
        pictures = F.pixel_shuffle(self.output(self.stages(maps)), 2)
        height, width = self.sides
        return pictures[..., :height, :width]


class _Doubling(nn.Module):
    """Maps (B,C,h,w) to (B,outputs,2h,2w)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, 4 * outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, maps: Tensor) -> Tensor:
        return F.silu(self.norm(F.pixel_shuffle(self.convolution(maps), 2)))
