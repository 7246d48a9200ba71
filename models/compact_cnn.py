"""Small convolutional classifiers for pictures of any side from 8 pixels."""

from functools import cache

import torch
from torch import Tensor, nn

GRID = 4  # side of the pooled map


class CompactCNN(nn.Module):
    """Four convolutions with batch norm, a pooled 4 x 4 grid and one dense layer.

    images (B, channels, side, side) in [0, 1] give features (B, outputs). From 16 pixels on the
    first convolution halves the side.
    """

    def __init__(self, channels: int, side: int, *, width: int = 32, outputs: int = 128) -> None:
        """`side` in pixels; `width` the channels of the first stage, doubled in the second."""
        super().__init__()
        self.outputs = outputs
        self.layers = nn.Sequential(
            *_step(channels, width, kernel=5, stride=2 if side >= 16 else 1),
            *_step(width, width, kernel=3, stride=1),
            *_step(width, 2 * width, kernel=3, stride=2),
            *_step(2 * width, 2 * width, kernel=3, stride=1),
            GridPool(GRID),
            nn.Flatten(),
            nn.Linear(2 * width * GRID * GRID, outputs, bias=False),
            nn.BatchNorm1d(outputs),
            nn.ReLU(),
        )

    def forward(self, images: Tensor) -> Tensor:
        outputs: Tensor = self.layers(images)
        return outputs


class SmallCNN(nn.Module):
    """Three convolutions with batch norm, a pooled 4 x 4 grid, two dense layers.

    images (B, channels, side, side) in [0, 1] give logits (B, classes). From 16 pixels on the
    first convolution halves the side.
    """

    def __init__(self, channels: int, side: int, classes: int, width: int = 24) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_step(channels, width, kernel=5, stride=2 if side >= 16 else 1),
            *_step(width, 2 * width, kernel=3, stride=2),
            *_step(2 * width, 2 * width, kernel=3, stride=1),
            nn.AdaptiveAvgPool2d(4),
            nn.Flatten(),
        )
        self.head = nn.Sequential(
            nn.Linear(2 * width * 16, 128), nn.ReLU(), nn.Linear(128, classes)
        )

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(images))
        return logits


class GridPool(nn.Module):
    """Adaptive average pooling to a square grid, as one product of matrices.

    The same means as `nn.AdaptiveAvgPool2d`, whose kernel for the gradient is slow on a CPU.
    """

    def __init__(self, grid: int) -> None:
        super().__init__()
        self.grid = grid

    def forward(self, maps: Tensor) -> Tensor:
        """Maps (B, C, H, W) to (B, C, grid, grid)."""
        # Whole numbers: a tracer, as of ONNX, would hand over tensors.
        height, width = int(maps.shape[2]), int(maps.shape[3])
        means = _means(height, width, self.grid).to(maps)
        # Channels last, as the convolutions leave them: no copy.
        pooled = means @ maps.permute(0, 2, 3, 1).flatten(1, 2)
        cells: Tensor = pooled.unflatten(1, (self.grid, self.grid)).permute(0, 3, 1, 2)
        return cells


@cache
def _means(height: int, width: int, grid: int) -> Tensor:
    """(grid * grid, height * width): each row averages the positions of a cell."""
    # Kept for later trainings too, which take no tensor that was made in inference mode.
    with torch.inference_mode(False):
        return torch.kron(*(_along(side, grid) for side in (height, width)))


def _along(side: int, grid: int) -> Tensor:
    rows = torch.zeros(grid, side)
    for cell in range(grid):
        start, stop = cell * side // grid, -(-(cell + 1) * side // grid)
        rows[cell, start:stop] = 1 / (stop - start)
    return rows


def _step(inputs: int, outputs: int, *, kernel: int, stride: int) -> tuple[nn.Module, ...]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
